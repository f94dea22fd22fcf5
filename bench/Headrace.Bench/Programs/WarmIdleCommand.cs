using System.Globalization;
using Headrace.Bench.Speed;
using Headrace.Bench.Speed.Loads;
using Headrace.Commands;
using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;

namespace Headrace.Bench.Programs;

/// <summary>
/// <c>bench/run warm-idle</c>: measures the CPU time that a worker with sixteen idle warm processes uses.
/// </summary>
internal static class WarmIdleCommand
{
    private const int Slots = 16;
    private const int JobsBefore = 2_000;
    private const int MaxRounds = 20;

    /// <summary>After the jobs, the runtime spends about twenty seconds compiling the code that they used.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(20);

    public static Command Create()
    {
        var cliCommand = new CliCommand("warm-idle", "Measure the CPU time of a worker with 16 idle warm processes.")
        {
            Examples = [("bench/run warm-idle", "Runs jobs in 16 warm processes, waits 30 s, then measures for 20 s.")],
        };
        foreach (var option in SpeedSettings.All)
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var settings = SpeedSettings.Of(context) with { Workers = 0 };
        using var methods = await ProgramMethods.CreateAsync(stop);
        var program = Path.Combine(methods.Folder, ProgramMethods.WarmProgram);
        await using var server = await BenchServer.StartAsync(settings, methods.Folder);
        using var worker = StartedProgram.Headrace(
            ["worker", "start", "--slots", Slots.ToString(CultureInfo.InvariantCulture)],
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
            await target.UntilOfferedAsync(ProgramMethods.Warm, stop);
            var load = new BatchLoad(target, new LoadSpec(LoadKinds.Protobuf, 4) { Method = ProgramMethods.Warm });
            for (var round = 0; WarmProcesses.Of(program).Count < Slots; round++)
            {
                if (round == MaxRounds)
                    throw new HeadraceException($"The jobs started fewer than {Slots} warm processes.");
                await load.RoundAsync(JobsBefore, stop);
            }
            await Task.Delay(SettleTime, stop);
            IReadOnlyList<int> measured = [worker.Id, .. WarmProcesses.Of(program)];
            var before = measured.Sum(ProcessFacts.ProcessorMicros);
            await Task.Delay(Watched, stop);
            var share = (measured.Sum(ProcessFacts.ProcessorMicros) - before) / Watched.TotalMicroseconds;
            IReadOnlyList<string> headings = ["row", "of one core"];
            IReadOnlyList<string> row =
            [
                $"a worker and {measured.Count - 1} idle warm processes",
                share.ToString("0.00 %", CultureInfo.InvariantCulture),
            ];
            context.Terminal.WriteTable(headings, [row]);
            if (context.Value(SpeedSettings.Report) is { } report)
                await File.WriteAllTextAsync(report, Page(settings, headings, row), stop);
            return ExitCode.Done;
        }
        finally
        {
            Unix.Signal(worker.Id, Unix.SigTerm);
            await worker.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static string Page(SpeedSettings settings, IReadOnlyList<string> headings, IReadOnlyList<string> row) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            # `bench/run warm-idle`

            {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(settings.Parent)}")}

            A worker with {Slots} slots has run jobs in a warm process per slot. After {SettleTime.TotalSeconds:0} s, it
            and the warm processes are measured for {Watched.TotalSeconds:0} s; the resolution is 0.05 % of a core.

            {MarkdownTable.Of(headings, [row])}
            """
        );
}
