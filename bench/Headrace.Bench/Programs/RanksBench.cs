using System.Globalization;
using Headrace.Bench.Speed;
using Headrace.Bench.Speed.Loads;
using Headrace.Commands;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;

namespace Headrace.Bench.Programs;

/// <summary>
/// <c>bench/run ranks</c>: measures MPI jobs in the complete service with both libraries, in warm groups of two ranks
/// and with a separate launcher for each job.
/// </summary>
internal static class RanksBench
{
    private const int DefaultCount = 20_000;
    private const int LaunchedJobs = 20;
    private const int LongJobs = 64;
    private const int LongMillis = 50;

    private const string About =
        "The worker has two slots. *Tiny jobs* do nothing. They are timed from the first request to the last stored "
        + "result, in a warm group of two ranks and with `mpiexec -n 2` for each job. *Share of the ideal* is measured "
        + "with 64 jobs that each keep a core busy for 50 ms in a warm group; the ideal time is 64 × 50 ms / 2. "
        + "*Restart* is the time until a result is stored for a job that is submitted after a rank of an idle group "
        + "was killed. *Idle* is the CPU time that the worker, the launcher and the ranks use during 10 s "
        + "without jobs. All figures are medians over the rounds, which alternate between the libraries.";

    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "ranks",
            "Measure MPI jobs in warm groups and with a separate launcher for each job."
        )
        {
            Examples = [("bench/run ranks", "Alternates between rounds of Open MPI and rounds of MPICH.")],
        };
        foreach (var option in SpeedSettings.All)
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var settings = SpeedSettings.Of(context) with { Workers = 0 };
        using var methods = await RankMethods.CreateAsync(stop);
        var rows = RankMethods.Libraries.ToDictionary(library => library, _ => new Rounds());
        await using var server = await BenchServer.StartAsync(settings, methods.Folder);
        using var worker = StartedProgram.Headrace(
            ["worker", "start", "--slots", "2"],
            new Dictionary<string, string>
            {
                [WorkerProcess.Server] = server.Url,
                [WorkerProcess.Key] = server.Key,
                [MethodsLocation.Variable] = methods.Folder,
            }
        );
        try
        {
            using var target = new Target(server.Url, server.Key);
            foreach (var library in RankMethods.Libraries)
            {
                await target.UntilOfferedAsync(RankMethods.Group(library), stop);
                await Load(target, RankMethods.Group(library)).RoundAsync(DefaultCount / 10, stop);
            }
            for (var round = 0; round < settings.Rounds; round++)
                foreach (var library in RankMethods.Libraries)
                {
                    context.WriteNote($"Round {round + 1} of {settings.Rounds}, {library}");
                    await MeasureAsync(target, methods, library, settings.Count ?? DefaultCount, rows[library], stop);
                }
            context.WriteNote("Idle groups");
            await Task.Delay(SettleTime, stop);
            foreach (var library in RankMethods.Libraries)
                await MeasureIdleAsync(worker.Id, methods.ProgramOf(library), rows[library], stop);
        }
        finally
        {
            Unix.Signal(worker.Id, Unix.SigTerm);
            await worker.WaitForExitAsync(CancellationToken.None);
        }
        IReadOnlyList<string> headings =
        [
            "library",
            "tiny jobs/s, group",
            "tiny jobs/s, mpiexec each",
            "ratio",
            "share of the ideal",
            "restart",
            "idle, of one core",
        ];
        IReadOnlyList<IReadOnlyList<string>> lines = [.. rows.Select(row => row.Value.ToLine(row.Key))];
        context.Terminal.WriteTable(headings, lines);
        if (context.Value(SpeedSettings.Report) is { } report)
            await File.WriteAllTextAsync(
                report,
                $"""
                # `bench/run ranks`

                {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(settings.Parent)}")}

                {Paragraph.Wrap(About)}

                {MarkdownTable.Of(headings, lines)}
                """,
                stop
            );
        return ExitCode.Done;
    }

    private static async Task MeasureAsync(
        Target target,
        RankMethods methods,
        string library,
        int count,
        Rounds rounds,
        CancellationToken stop
    )
    {
        var group = RankMethods.Group(library);
        rounds.Group.Add(Rate(await Load(target, group).RoundAsync(count, stop)));
        rounds.Job.Add(Rate(await Load(target, RankMethods.Job(library)).RoundAsync(LaunchedJobs, stop)));
        var longJobs = await Load(target, group, LongMillis).RoundAsync(LongJobs, stop);
        rounds.Ideal.Add(LongJobs * LongMillis / 2e3 / longJobs.Seconds);
        Unix.Signal(WarmProcesses.Of(methods.ProgramOf(library))[^1], Unix.SigKill);
        rounds.Restart.Add((await Load(target, group).RoundAsync(1, stop)).Seconds);
    }

    /// <summary>
    /// Measures the CPU time of one group's processes and of the worker. Both groups share the worker, so its
    /// time is included in the figures of each group.
    /// </summary>
    private static async Task MeasureIdleAsync(int worker, string program, Rounds rounds, CancellationToken stop)
    {
        IReadOnlyList<int> measured = [worker, .. WarmProcesses.With(program)];
        var before = measured.Sum(ProcessFacts.ProcessorMicros);
        await Task.Delay(Watched, stop);
        rounds.Idle = (measured.Sum(ProcessFacts.ProcessorMicros) - before) / Watched.TotalMicroseconds;
    }

    private static BatchLoad Load(Target target, string method, int bodyBytes = 0) =>
        new(target, new LoadSpec(LoadKinds.Protobuf, 4) { Method = method, BodyBytes = bodyBytes });

    private static double Rate(LoadRound round) => round.Count / round.Seconds;

    /// <summary>The figures of one library.</summary>
    private sealed class Rounds
    {
        public List<double> Group { get; } = [];

        public List<double> Job { get; } = [];

        public List<double> Ideal { get; } = [];

        public List<double> Restart { get; } = [];

        public double Idle { get; set; }

        public IReadOnlyList<string> ToLine(string library)
        {
            var (group, job) = (Percentiles.Of(Group).Median, Percentiles.Of(Job).Median);
            return
            [
                library,
                group.ToString("N0", CultureInfo.InvariantCulture),
                job.ToString("0.0", CultureInfo.InvariantCulture),
                (group / job).ToString("N0", CultureInfo.InvariantCulture),
                Percentiles.Of(Ideal).Median.ToString("0.0 %", CultureInfo.InvariantCulture),
                $"{Percentiles.Of(Restart).Median.ToString("0.00", CultureInfo.InvariantCulture)} s",
                Idle.ToString("0.00 %", CultureInfo.InvariantCulture),
            ];
        }
    }
}
