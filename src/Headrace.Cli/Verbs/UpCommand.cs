using System.CommandLine;
using Headrace.Cli.Settings;
using Headrace.Cli.Up;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Server.Hosting;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace up</c>: a server with its local workers, until Ctrl-C.</summary>
internal static class UpCommand
{
    private static readonly Option<string?> Data = new("--data")
    {
        Description = "The data folder. [default: $XDG_DATA_HOME/headrace]",
        HelpName = "DIR",
    };
    private static readonly Option<int?> Port = Options.WholeNumber(
        "--port",
        "The loopback port; 0 takes a free one. [default: 8080]"
    );
    private static readonly Option<int?> Workers = Options.WholeNumber(
        "--workers",
        "Local worker processes; 0 for none. [default: one a processor]"
    );
    private static readonly Option<string?> Pools = new("--pools")
    {
        Description = "Pools of workers that grow and shrink by how long work waits, in place of --workers.",
        HelpName = "POOLS",
    };
    private static readonly Option<string?> Store = new("--store")
    {
        Description = "sqlite, or memory: gone with the process. [default: sqlite]",
        HelpName = "STORE",
    };
    private static readonly Option<string?> Durability = new("--durability")
    {
        Description = "fsync, or os: a power cut may lose the last seconds. [default: fsync]",
        HelpName = "HOW",
    };
    private static readonly Option<string?> Demo = new("--demo")
    {
        Description = "Serve a seed system's routes, too: seed001.",
        HelpName = "SEED",
    };
    private static readonly Option<string?> FirstFile = new("--first-job")
    {
        Description = "When ready, run sha512 of this file as a first job.",
        HelpName = "FILE",
        Hidden = true,
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "up",
            "Start a server with local workers; Ctrl-C drains and ends it, a second one abandons what runs."
        )
        {
            Examples =
            [
                (
                    "headrace up --data ./jobs --port 8080 --workers 4",
                    "Serves until Ctrl-C. Every flag can be HEADRACE_NAME in the environment or stand in "
                        + "./headrace.json."
                ),
                (
                    "headrace up --pools \"hashing methods=sha512 min=0 max=3 up_after=15s idle_after=10m\"",
                    "Starts a worker when the oldest job has waited 15 s, up to three; one that is idle for "
                        + "10 min goes. Several pools are separated by semicolons."
                ),
                ("headrace up --store memory --port 0", "A throw-away server on a free port."),
            ],
        };
        foreach (var option in new Option[] { Data, Port, Workers, Pools, Store, Durability, Demo, FirstFile })
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    // The signals are the server's own here: the first drains, the second abandons.
    private static async Task<int> RunAsync(CommandContext call, CancellationToken ignored)
    {
        ServerThreads.Set();
        var options = UpSettings.Read(SettingsSource.OfThisProcess(Flags(call)), WorkerCommand.OfThisProcess());
        using var signals = new StopSignals();
        var startupBanner = new StartupBanner(call, options, call.Value(FirstFile), signals.Drain);
        var code = await ServerProcess.RunAsync(
            options,
            startupBanner.Start,
            Console.Error,
            signals.Drain,
            signals.Abandon
        );
        await startupBanner.Done;
        return code;
    }

    private static Dictionary<string, string?> Flags(CommandContext call) =>
        new()
        {
            ["data"] = call.Value(Data),
            ["port"] = Text(call.Value(Port)),
            ["workers"] = Text(call.Value(Workers)),
            ["pools"] = call.Value(Pools),
            ["store"] = call.Value(Store),
            ["durability"] = call.Value(Durability),
            ["demo"] = call.Value(Demo),
        };

    private static string? Text(int? number) => number?.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
