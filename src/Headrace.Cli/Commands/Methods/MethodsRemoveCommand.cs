using System.CommandLine;
using Headrace.Commands;
using Headrace.Core;

namespace Headrace.Cli.Commands.Methods;

/// <summary><c>headrace methods remove</c>: removes an installed method.</summary>
internal static class MethodsRemoveCommand
{
    private static readonly Argument<string> Name = new("METHOD")
    {
        Description = "The method, such as word-count or word-count@2.",
    };

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand(
            "remove",
            "Remove an installed method. Running jobs finish; other jobs wait until a worker offers the method again."
        )
        {
            Examples =
            [
                (
                    "headrace methods remove word-count",
                    "Deletes the manifest and the folder that was installed with it."
                ),
            ],
        };
        cliCommand.Add(Name);
        cliCommand.Add(InstalledMethods.Data);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                var name = context.Value(Name);
                if (!MethodRef.TryParse(name, out var method))
                    throw new UsageException(
                        $"'{name}' is not a valid method name. Use a name such as word-count or word-count@2."
                    );
                var folder = await InstalledMethods.OpenAsync(context, cancellationToken);
                var removed = folder.Remove(method);
                foreach (var file in removed)
                    context.Terminal.WriteLine(
                        context.Json
                            ? System.Text.Json.JsonSerializer.Serialize(file, Output.CliJson.Default.String)
                            : $"Removed {file}"
                    );
                if (removed.Count > 0)
                    return ExitCode.Done;
                context.Terminal.WriteError(
                    $"{method} is not installed in {folder.Path}. `headrace methods list --installed` lists the "
                        + $"installed methods."
                );
                return ExitCode.NotFound;
            }
        );
        return cliCommand;
    }
}
