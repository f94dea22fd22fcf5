using System.CommandLine;
using System.Globalization;
using Headrace.Bench.Speed;
using Headrace.Bench.Speed.Loads;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Core;
using Headrace.Server.Machine;

namespace Headrace.Bench.Programs;

/// <summary>
/// <c>bench/run warm-kills</c>: kills warm processes with SIGKILL while they run jobs, and checks that every job
/// succeeds exactly once and that no process remains.
/// </summary>
internal static class WarmKillsCommand
{
    /// <summary>
    /// The number of jobs submitted together. The next jobs are submitted when all of these have ended.
    /// </summary>
    private const int JobsPerRound = 2_000;

    private const string About =
        "Kills a warm process written in C with SIGKILL, at a random time within each tenth of a second, while it runs "
        + "batches of no-op jobs. A job whose process was killed runs again, and runs isolated if the broker suspects "
        + "it of causing the crash. At the end, every job must have succeeded exactly once, and no process may remain "
        + "after the server has stopped.";

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private static readonly Option<int?> Kills = Options.WholeNumber(
        "--kills",
        "The number of processes to kill. [default: 100]"
    );

    public static Command Create()
    {
        var cliCommand = new CliCommand("warm-kills", "Kill warm processes under load and check every job.")
        {
            Examples = [("bench/run warm-kills --kills 100", "Prints how many jobs ran, and fails if a job was lost.")],
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
        using var methods = await ProgramMethods.CreateAsync(stop);
        var program = Path.Combine(methods.Folder, ProgramMethods.WarmProgram);
        var (jobs, kills) = (0L, 0);
        await using (var server = await BenchServer.StartAsync(settings, methods.Folder))
        {
            using var target = new Target(server.Url, server.Key);
            var load = new BatchLoad(
                target,
                new LoadSpec(LoadKinds.Protobuf, 2) { Method = ProgramMethods.WarmBatch, Batch = 100 }
            );
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var killing = KillAsync(program, wanted, () => Interlocked.Increment(ref kills), stop);
            while (!killing.IsCompleted)
            {
                await load.RoundAsync(settings.Count ?? JobsPerRound, stop);
                jobs += settings.Count ?? JobsPerRound;
                context.WriteNote(string.Create(CultureInfo.InvariantCulture, $"{kills} kills, {jobs:N0} jobs"));
            }
            await killing;
            // Throws if a job has failed.
            var succeeded = await target.SucceededAsync(stop);
            if (succeeded != jobs)
                throw new HeadraceException($"{jobs} jobs were submitted, but {succeeded} are recorded as succeeded.");
        }
        await NoneLeftAsync(program);
        IReadOnlyList<string> headings = ["kills", "jobs", "lost", "recorded twice", "processes left"];
        IReadOnlyList<string> row =
        [
            kills.ToString(CultureInfo.InvariantCulture),
            jobs.ToString("N0", CultureInfo.InvariantCulture),
            "0",
            "0",
            "0",
        ];
        context.Terminal.WriteTable(headings, [row]);
        if (context.Value(SpeedSettings.Report) is { } report)
            await File.WriteAllTextAsync(
                report,
                $"""
                # `bench/run warm-kills`

                {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(settings.Parent)}")}

                {Paragraph.Wrap(About)}

                {MarkdownTable.Of(headings, [row])}
                """,
                stop
            );
        return ExitCode.Done;
    }

    private static async Task KillAsync(string program, int wanted, Action onKill, CancellationToken stop)
    {
        var random = new Random(wanted);
        for (var kills = 0; kills < wanted;)
        {
            await Task.Delay(Period * random.NextDouble(), stop);
            if (WarmProcesses.Of(program) is not { Count: > 0 } found)
                continue;
            Unix.Signal(found[random.Next(found.Count)], Unix.SigKill);
            onKill();
            kills++;
        }
    }

    private static async Task NoneLeftAsync(string program)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (WarmProcesses.Of(program).Count > 0)
        {
            if (TimeProvider.System.GetElapsedTime(began) > StopLimit)
                throw new HeadraceException(
                    $"{WarmProcesses.Of(program).Count} warm processes are still running after the server has stopped."
                );
            await Task.Delay(10);
        }
    }
}
