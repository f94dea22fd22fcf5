using System.CommandLine;
using System.Text.Json;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace methods</c>: what can be run, and with which parameters.</summary>
internal static class MethodsCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly Argument<string> Name = new("METHOD")
    {
        Description = "The method, as sha512 or sha512@1.",
    };

    public static Command Create() => new("methods", "Look at methods.") { List(), ShowOne() };

    private static CliCommand List()
    {
        var cliCommand = new CliCommand("list", "List every method that workers have offered.")
        {
            Examples =
            [
                ("headrace methods list", "A line for each method: version, workers that offer it now, parameters."),
            ],
        };
        cliCommand.SetAction(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var methods = await client.ListMethodsAsync(cancellationToken);
                if (call.Json)
                    foreach (var method in methods)
                        call.Terminal.WriteLine(Format.Json(method, HeadraceJson.Default.MethodReply));
                else
                    call.Terminal.WriteTable(["METHOD", "VERSION", "WORKERS", "PARAMETERS"], methods.Select(Row));
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand ShowOne()
    {
        var cliCommand = new CliCommand("show", "Show a method with the JSON Schema of its parameters.")
        {
            Examples =
            [
                ("headrace methods show sha512", "The schema tells names, types and bounds of the parameters."),
            ],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var method = await client.GetMethodAsync(call.Value(Name), cancellationToken);
                if (call.Json)
                    call.Terminal.WriteLine(Format.Json(method, HeadraceJson.Default.MethodReply));
                else
                {
                    call.Terminal.WriteLine(
                        $"{method.Name}@{method.Version}, offered by {method.Workers} worker(s){(method.RuntimeInfo.Count > 0 ? $", on {string.Join("; ", method.RuntimeInfo)}" : "")}. Parameters:"
                    );
                    call.Terminal.WriteLine(JsonSerializer.Serialize(method.Schema, Indented));
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
