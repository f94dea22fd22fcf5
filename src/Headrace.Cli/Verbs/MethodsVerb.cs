using System.CommandLine;
using System.Text.Json;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace methods</c>: what can be run, and with which parameters.</summary>
internal static class MethodsVerb
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly Argument<string> Name = new("METHOD")
    {
        Description = "The method, as sha512 or sha512@1.",
    };

    public static Command Create() => new("methods", "Look at methods.") { List(), ShowOne() };

    private static Verb List()
    {
        var verb = new Verb("list", "List every method that workers have offered.")
        {
            Examples =
            [
                ("headrace methods list", "A line for each method: version, workers that offer it now, parameters."),
            ],
        };
        verb.Runs(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var methods = await client.MethodsAsync(cancellationToken);
                if (call.Json)
                    foreach (var method in methods)
                        call.Terminal.Line(Show.Json(method, HeadraceJson.Default.MethodReply));
                else
                    call.Terminal.Table(["METHOD", "VERSION", "WORKERS", "PARAMETERS"], methods.Select(Row));
                return ExitCode.Done;
            }
        );
        return verb;
    }

    private static Verb ShowOne()
    {
        var verb = new Verb("show", "Show a method with the JSON Schema of its parameters.")
        {
            Examples =
            [
                ("headrace methods show sha512", "The schema tells names, types and bounds of the parameters."),
            ],
        };
        verb.Add(Name);
        verb.Runs(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var method = await client.MethodAsync(call.Value(Name), cancellationToken);
                if (call.Json)
                    call.Terminal.Line(Show.Json(method, HeadraceJson.Default.MethodReply));
                else
                {
                    call.Terminal.Line(
                        $"{method.Name}@{method.Version}, offered by {method.Workers} worker(s){(method.RunsOn.Count > 0 ? $", on {string.Join("; ", method.RunsOn)}" : "")}. Parameters:"
                    );
                    call.Terminal.Line(JsonSerializer.Serialize(method.Schema, Indented));
                }
                return ExitCode.Done;
            }
        );
        return verb;
    }

    private static IReadOnlyList<string> Row(MethodReply method) =>
        [method.Name, Show.Number(method.Version), Show.Number(method.Workers), Parameters(method.Schema)];

    private static string Parameters(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var properties)
            ? string.Join(' ', properties.EnumerateObject().Select(p => p.Name))
            : "";
}
