using System.CommandLine;
using System.Text.Json;
using Headrace.Cli.Input;
using Headrace.Cli.Output;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Worker.Installed;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Cli.Commands.Methods;

/// <summary>
/// <c>headrace methods</c>: lists the methods, shows their parameters, and installs methods from manifests.
/// </summary>
internal static class MethodsCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly Argument<string> Name = new Argument<string>("METHOD")
    {
        Description = "The method, such as sha512 or sha512@1.",
    }.CompletesMethods();

    private static readonly Option<bool> Installed = new("--installed")
    {
        Description = "List the methods installed on this machine, with the errors in their manifests.",
    };

    public static Command Create()
    {
        var group = new CliCommand("methods", "List, show and install methods.")
        {
            Examples = [("headrace methods", "Lists every method that a worker has offered.")],
        };
        group.Add(List());
        group.Add(Show());
        group.Add(MethodsCheckCommand.Create());
        group.Add(MethodsInstallCommand.Create());
        group.Add(MethodsRemoveCommand.Create());
        group.Add(MethodsSchemaCommand.Create());
        group.SetAction(ListAsync);
        return group;
    }

    private static CliCommand List()
    {
        var cliCommand = new CliCommand("list", "List every method that a worker has offered.")
        {
            Examples =
            [
                (
                    "headrace methods list",
                    "Prints a line for each method: its version, the worker slots that a job takes, the number of "
                        + "workers that offer it, and its parameters."
                ),
                (
                    "headrace methods list --installed",
                    "Prints a line for each manifest that is installed on this machine."
                ),
            ],
        };
        cliCommand.Add(Installed);
        cliCommand.Add(InstalledMethods.Data);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                if (context.Value(Installed))
                    return await ListInstalledAsync(context, cancellationToken);
                if (context.IsSet(InstalledMethods.Data))
                    throw new UsageException("--data applies only to installed methods. Add --installed.");
                return await ListAsync(context, cancellationToken);
            }
        );
        return cliCommand;
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        var methods = await client.ListMethodsAsync(cancellationToken);
        if (context.Json)
            foreach (var method in methods)
                context.Terminal.WriteLine(Format.Json(method, HeadraceJson.Default.MethodReply));
        else
            context.Terminal.WriteTable(["METHOD", "VERSION", "SLOTS", "WORKERS", "PARAMETERS"], methods.Select(Row));
        return ExitCode.Done;
    }

    private static async Task<int> ListInstalledAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var executions = new Executions(TimeProvider.System);
        var folder = await InstalledMethods.OpenAsync(context, cancellationToken);
        var workers = await WorkersView.ReadAsync(context, cancellationToken);
        var methods = folder
            .List()
            .Select(method => (Method: method, Unavailable: UnavailableReason(method, workers, executions)))
            .ToList();
        if (context.Json)
            foreach (var (method, unavailable) in methods)
            {
                var line = ManifestLine.Of(method) with { Unavailable = unavailable };
                context.Terminal.WriteLine(Format.Json(line, CliJson.Default.ManifestLine));
            }
        else
            context.Terminal.WriteTable(
                ["METHOD", "VERSION", "KIND", "FILE", "FAULT"],
                methods.Select(listed =>
                    (IReadOnlyList<string>)
                        [
                            listed.Method.Manifest?.Name.Name.Text ?? "-",
                            listed.Method.Manifest is { } manifest ? Format.Number(manifest.Name.Version) : "-",
                            listed.Method.Manifest is null ? "-"
                            : listed.Method.Manifest is { Warm: null, Mpi: null } ? "command"
                            : listed.Method.Manifest.Mpi is null ? "warm"
                            : listed.Method.Manifest.Warm is null ? "mpi"
                            : "warm mpi",
                            listed.Method.File,
                            listed.Unavailable ?? (listed.Method.Faults is [var first, ..] ? first.ToString() : ""),
                        ]
                )
            );
        return ExitCode.Done;
    }

    private static string? UnavailableReason(InstalledMethod method, WorkersView workers, Executions executions) =>
        method.Manifest is not { } manifest ? null
        : InstalledMapping.ReasonUnavailable(manifest) is { Length: > 0 } lacking ? lacking
        : workers.ReasonUnavailable(manifest) is { } reported ? reported
        : MethodCheck.Run(manifest, executions, CancellationToken.None);

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
                    var slots = method.Slots == 1 ? "" : $"; each job takes {method.Slots} slots";
                    context.Terminal.WriteLine(
                        $"{method.Name}@{method.Version}, offered by {method.Workers} worker(s){runtime}{slots}. "
                            + "Parameters:"
                    );
                    context.Terminal.WriteLines(JsonSerializer.Serialize(method.Schema, Indented));
                    foreach (var reason in method.Unavailable)
                        context.Terminal.WriteLine($"Unavailable on some workers: {TerminalText.OneLine(reason)}");
                }
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static IReadOnlyList<string> Row(MethodReply method) =>
        [
            method.Name,
            Format.Number(method.Version),
            Format.Number(method.Slots),
            Format.Number(method.Workers),
            Parameters(method.Schema),
        ];

    private static string Parameters(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var properties)
            ? string.Join(' ', properties.EnumerateObject().Select(p => p.Name))
            : "";
}
