using Headrace.Commands;
using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods;

/// <summary><c>headrace methods schema</c>: prints the JSON Schema of manifests, for editors.</summary>
internal static class MethodsSchemaCommand
{
    public static CliCommand Create()
    {
        var cliCommand = new CliCommand("schema", "Print the JSON Schema of manifests, for editors and other tools.")
        {
            Examples =
            [
                (
                    "headrace methods schema > method.schema.json",
                    "Writes the schema to a file. A manifest can refer to this file with \"$schema\"."
                ),
            ],
        };
        cliCommand.SetAction(
            (context, _) =>
            {
                context.Terminal.WriteLines(ManifestSchema.Text.TrimEnd());
                return Task.FromResult(ExitCode.Done);
            }
        );
        return cliCommand;
    }
}
