using System.CommandLine;
using System.Text.Json;
using Headrace.Cli.Input;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace methods</c>: lists the methods, and shows their parameters.</summary>
internal static class MethodsCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly Argument<string> Name = new Argument<string>("METHOD")
    {
        Description = "The method, such as sha512 or sha512@1.",
    }.CompletesMethods();

    public static Command Create() => new("methods", "List and show methods.") { List(), Show() };

    private static CliCommand List()
    {
        var cliCommand = new CliCommand("list", "List every method that a worker has offered.")
        {
            Examples =
            [
                (
                    "headrace methods list",
                    "Prints a line for each method: its version, the number of workers that offer it, and its "
                        + "parameters."
                ),
            ],
        };
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var methods = await client.ListMethodsAsync(cancellationToken);
                if (context.Json)
                    foreach (var method in methods)
                        context.Terminal.WriteLine(Format.Json(method, HeadraceJson.Default.MethodReply));
                else
                    context.Terminal.WriteTable(
                        ["METHOD", "VERSION", "WORKERS", "PARAMETERS"],
                        methods.Select(Row),
                        "PARAMETERS"
                    );
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Show()
    {
        var cliCommand = new CliCommand("show", "Show a method and the JSON Schema of its parameters.")
        {
            Examples = [("headrace methods show sha512", "Prints the names, types and bounds of the parameters.")],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var method = await client.GetMethodAsync(context.Value(Name), cancellationToken);
                if (context.Json)
                    context.Terminal.WriteLine(Format.Json(method, HeadraceJson.Default.MethodReply));
                else
                {
                    var runtime = method.RuntimeInfo.Count > 0 ? $", on {string.Join("; ", method.RuntimeInfo)}" : "";
                    context.Terminal.WriteLine(
                        $"{method.Name}@{method.Version}, offered by {method.Workers} worker(s){runtime}. Parameters:"
                    );
                    context.Terminal.WriteLines(JsonSerializer.Serialize(method.Schema, Indented));
                }
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static IReadOnlyList<string> Row(MethodReply method) =>
        [method.Name, Format.Number(method.Version), Format.Number(method.Workers), Parameters(method.Schema)];

    private static string Parameters(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var properties)
            ? string.Join(' ', properties.EnumerateObject().Select(p => p.Name))
            : "";
}
