using System.CommandLine;
using Headrace.Apps.Benchop;
using Headrace.Apps.Pipeline;
using Headrace.Apps.Sha512;
using Headrace.Cli.Commands.Methods;
using Headrace.Cli.Telemetry;
using Headrace.Cli.Up;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Protocol.Local;
using Headrace.Server.Telemetry;
using Headrace.Worker;
using Headrace.Worker.Installed;
using Headrace.Worker.Methods;
using Headrace.Worker.Processes;

namespace Headrace.Cli.Commands;

/// <summary>
/// <c>headrace worker start</c>: runs one worker process with the built-in and installed methods. A server starts
/// its local workers with the same command.
/// </summary>
internal static class WorkerStartCommand
{
    private static readonly Option<string?> Only = new("--methods")
    {
        Description = "Offer only these methods, such as sha512,noop. [default: all included and installed methods]",
        HelpName = "M1,M2",
    };
    private static readonly Option<int?> Slots = Options.WholeNumber(
        "--slots",
        "The number of jobs to run at the same time, 1 to 1024. [default: 1]"
    );

    private static readonly Option<bool> Describe = new("--describe")
    {
        Description = "Print the methods with their schemas and options as JSON, and exit.",
    };

    private static readonly Option<string?> Pool = new("--pool")
    {
        Description = "The pool that the worker belongs to. [default: HEADRACE_POOL, or default]",
        HelpName = "NAME",
    };

    /// <summary>Creates the group <c>headrace worker</c>.</summary>
    public static Command CreateGroup() => new(WorkerCommand.Group, "Run worker processes.") { Create() };

    private static CliCommand Create()
    {
        var cliCommand = new CliCommand(
            WorkerCommand.Start,
            "Start a worker process with the built-in and installed methods. Ctrl-C drains it; a second Ctrl-C "
                + "abandons its jobs."
        )
        {
            Examples =
            [
                (
                    "headrace worker start --slots 2 --methods sha512",
                    "Joins the server and runs up to two sha512 jobs at the same time, until you press Ctrl-C."
                ),
            ],
        };
        cliCommand.Add(Slots);
        cliCommand.Add(Only);
        cliCommand.Add(Describe);
        cliCommand.Add(Pool);
        // The worker handles the signals itself: the first signal drains it, and the second one abandons the running
        // jobs.
        cliCommand.SetAction((context, _) => RunAsync(context));
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context)
    {
        // A worker reads its settings from the environment of its process.
        if (context.Value(GlobalOptions.Server) is { } server)
            Environment.SetEnvironmentVariable(WorkerProcess.Server, server);
        if (context.Value(Pool) is { } pool)
            Environment.SetEnvironmentVariable(WorkerProcess.Pool, pool);
        var only = context.Value(Only)?.Split(',');
        using var executions = new Executions(TimeProvider.System);
        var worker = WithIncludedMethods(Arguments(context), executions);
        if (only is not null)
            worker.KeepOnly(only);
        using var telemetry = WorkerTelemetry.Start(TelemetryOptions.OfThisProcess());
        using var installed = MethodsWatch.Start(
            worker,
            InstalledMethods.Open(context),
            name => only is null || only.Contains(name),
            StandardError.WriteLine,
            TimeProvider.System
        );
        return await worker.RunAsync(CancellationToken.None);
    }

    private static string[] Arguments(CommandContext context)
    {
        var slots = context.Value(Slots) is { } given
            ? ["--slots", given.ToString(System.Globalization.CultureInfo.InvariantCulture)]
            : Array.Empty<string>();
        return context.Value(Describe) ? [.. slots, Describe.Name] : slots;
    }

    /// <summary>Returns the built-in methods, for their names and schemas.</summary>
    public static IReadOnlyList<MethodBuilder> IncludedMethods()
    {
        using var executions = new Executions(TimeProvider.System);
        return WithIncludedMethods([], executions).Builders;
    }

    /// <summary>Creates a worker with all built-in methods.</summary>
    /// <param name="args">The arguments of the worker.</param>
    /// <param name="executions">The executions of the programs that built-in methods run.</param>
    private static HeadraceWorker WithIncludedMethods(string[] args, Executions executions)
    {
        var worker = HeadraceWorker.Create(args);
        Noop.Map(worker);
        Sha512App.Map(worker);
        BenchopApp.Map(worker);
        PipelineApp.Map(worker, WorkerCommand.ProgramOfThisProcess(), executions);
        return worker;
    }
}
