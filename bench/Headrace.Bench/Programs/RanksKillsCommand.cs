using System.CommandLine;
using System.Globalization;
using Headrace.Bench.Speed;
using Headrace.Bench.Speed.Loads;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;

namespace Headrace.Bench.Programs;

/// <summary>
/// <c>bench/run ranks-kills</c>: kills ranks, launchers and workers with SIGKILL while warm groups run jobs, and checks
/// that every job succeeds exactly once and that no process or file is left behind.
/// </summary>
internal static class RanksKillsCommand
{
    /// <summary>
    /// The number of jobs submitted together. The next jobs are submitted when all of these have ended.
    /// </summary>
    private const int JobsPerRound = 500;

    /// <summary>Patterns for the shared-memory files that the libraries and this program create.</summary>
    private static readonly string[] SharedMemory =
    [
        "headrace-scratch-*",
        "vader_segment.*",
        "mpich_shar*",
        "ucx_shm*",
    ];

    private const string About =
        "Repeatedly kills a random rank, the launcher or the worker of a warm group of two ranks with SIGKILL, while "
        + "the group runs jobs of one millisecond. Each kill hits a group that has not yet lost a process. The "
        + "worker belongs to a pool, which replaces it. At the end, every job must have succeeded exactly once, and "
        + "no process or shared-memory file may be left after the server has stopped.";

    private static readonly TimeSpan MaxDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private static readonly Option<int?> Kills = Options.WholeNumber(
        "--kills",
        "The number of processes to kill for each row. [default: 100]"
    );

    private enum Victim
    {
        Rank,
        Launcher,
        Worker,
    }

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "ranks-kills",
            "Kill ranks, launchers and workers under load, and check every job."
        )
        {
            Examples = [("bench/run ranks-kills --kills 100", "Prints a row for each library and kind of process.")],
        };
        foreach (var option in SpeedSettings.All)
            cliCommand.Add(option);
        cliCommand.Add(Kills);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var settings = SpeedSettings.Of(context);
        var wanted = context.Value(Kills) ?? 100;
        using var methods = await RankMethods.CreateAsync(stop);
        IReadOnlyList<string> headings =
        [
            "library",
            "killed",
            "kills",
            "jobs",
            "lost",
            "recorded twice",
            "processes left",
            "shared memory left",
        ];
        var lines = new List<IReadOnlyList<string>>();
        foreach (var library in RankMethods.Libraries)
            foreach (var victim in Enum.GetValues<Victim>())
            {
                var title = $"{library} {victim.ToString().ToLowerInvariant()}";
                if (settings.Only is { } only && !title.Contains(only, StringComparison.OrdinalIgnoreCase))
                    continue;
                context.WriteNote(title);
                var jobs = await RunAsync(settings, methods, library, victim, wanted, stop);
                lines.Add([
                    library,
                victim.ToString().ToLowerInvariant(),
                wanted.ToString(CultureInfo.InvariantCulture),
                jobs.ToString("N0", CultureInfo.InvariantCulture),
                "0",
                "0",
                "0",
                "0",
            ]);
            }
        context.Terminal.WriteTable(headings, lines);
        if (context.Value(SpeedSettings.Report) is { } report)
            await File.WriteAllTextAsync(
                report,
                $"""
                # `bench/run ranks-kills`

                {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(settings.Parent)}")}

                {Paragraph.Wrap(About)}

                {MarkdownTable.Of(headings, lines)}
                """,
                stop
            );
        return ExitCode.Done;
    }

    /// <summary>
    /// Measures one row and returns the number of jobs. Throws if a job was lost, or if a process or file was left
    /// behind.
    /// </summary>
    private static async Task<long> RunAsync(
        SpeedSettings settings,
        RankMethods methods,
        string library,
        Victim victim,
        int wanted,
        CancellationToken stop
    )
    {
        var before = FilesInSharedMemory();
        var program = methods.ProgramOf(library);
        var jobs = 0L;
        await using (var server = await BenchServer.StartAsync(settings with { Workers = 0 }, methods.Folder, slots: 2))
        {
            using var target = new Target(server.Url, server.Key);
            await target.UntilOfferedAsync(RankMethods.Group(library), stop);
            var load = new BatchLoad(
                target,
                new LoadSpec(LoadKinds.Protobuf, 2)
                {
                    Method = RankMethods.Group(library),
                    Batch = 100,
                    BodyBytes = 1,
                }
            );
            var killing = KillAsync(program, victim, wanted, stop);
            while (!killing.IsCompleted)
            {
                await load.RoundAsync(settings.Count ?? JobsPerRound, stop);
                jobs += settings.Count ?? JobsPerRound;
            }
            await killing;
            // Throws if a job has failed.
            var succeeded = await target.SucceededAsync(stop);
            if (succeeded != jobs)
                throw new HeadraceException($"{jobs} jobs were submitted, but {succeeded} are recorded as succeeded.");
        }
        await NothingLeftAsync(program, before);
        return jobs;
    }

    /// <summary>Kills one process in each group as soon as the group is running.</summary>
    private static async Task KillAsync(string program, Victim victim, int wanted, CancellationToken stop)
    {
        var random = new Random(wanted);
        var hit = new HashSet<int>();
        for (var kills = 0; kills < wanted;)
        {
            await Task.Delay(MaxDelay * random.NextDouble(), stop);
            if (
                WarmProcesses.Of(program) is not { Count: 2 } ranks
                || hit.Contains(ranks[0])
                || TargetOf(victim, ranks[random.Next(ranks.Count)], program) is not { } process
            )
                continue;
            Unix.Signal(process, Unix.SigKill);
            hit.UnionWith(ranks);
            kills++;
        }
    }

    private static int? TargetOf(Victim victim, int rank, string program) =>
        victim switch
        {
            Victim.Rank => rank,
            Victim.Launcher => Ancestor(rank, arguments => arguments[0].Contains("mpiexec", StringComparison.Ordinal)),
            _ => Ancestor(rank, arguments => arguments.Contains("worker")),
        };

    private static int? Ancestor(int process, Func<IReadOnlyList<string>, bool> matches)
    {
        while (ProcFs.Stat(process) is { Count: > 1 } stat)
        {
            process = int.Parse(stat[1], CultureInfo.InvariantCulture);
            if (process <= 1)
                return null;
            if (ProcFs.Arguments(process) is { Count: > 0 } arguments && matches(arguments))
                return process;
        }
        return null;
    }

    private static HashSet<string> FilesInSharedMemory() =>
        [.. SharedMemory.SelectMany(pattern => Directory.EnumerateFileSystemEntries("/dev/shm", pattern))];

    private static async Task NothingLeftAsync(string program, HashSet<string> before)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var processes = WarmProcesses.Of(program);
            var files = FilesInSharedMemory().Except(before).ToList();
            if (processes.Count == 0 && files.Count == 0)
                return;
            if (TimeProvider.System.GetElapsedTime(began) > StopLimit)
                throw new HeadraceException(
                    $"{processes.Count} processes and {files.Count} shared-memory files are left after the server has "
                        + "stopped: "
                        + string.Join(' ', files)
                );
            await Task.Delay(10);
        }
    }
}
