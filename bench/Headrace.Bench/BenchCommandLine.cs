using System.CommandLine.Help;
using Headrace.Bench.Bridges;
using Headrace.Bench.Bulk;
using Headrace.Bench.Chaos;
using Headrace.Bench.Feeds;
using Headrace.Bench.Memory;
using Headrace.Bench.Mpi;
using Headrace.Bench.Onnx;
using Headrace.Bench.Programs;
using Headrace.Bench.Recovery;
using Headrace.Bench.Retention;
using Headrace.Bench.Sha512;
using Headrace.Bench.SlowDisk;
using Headrace.Bench.Speed;
using Headrace.Bench.Watching;
using Headrace.Commands;

namespace Headrace.Bench;

/// <summary>
/// The commands behind <c>bench/run</c>. They verify the documented guarantees and figures, using real processes on
/// this machine.
/// </summary>
internal static class BenchCommandLine
{
    /// <summary>The script in the checkout that builds and starts this program.</summary>
    public const string Name = "bench/run";

    public static Command Tree()
    {
        var bench = new Command(Name, "Verify the guarantees and performance of Headrace on this machine.")
        {
            ChaosCommand.Create(),
            RecoveryCommand.Create(),
            RetentionCommand.Create(),
            BulkCommand.Create(),
            FeedsCommand.Create(),
            BridgesBench.Create(),
            SlowDiskCommand.Create(),
            MemoryCommand.Create(),
            ChaosLoadCommand.Create(),
            ChaosConsumerCommand.Create(),
            LoadCommand.Create(),
            Sha512Command.Create(),
            Sha512KernelCommand.Create(),
            CommandsBench.Create(),
            WarmBench.Create(),
            OnnxBench.Create(),
            WarmKillsCommand.Create(),
            WarmIdleCommand.Create(),
            RanksBench.Create(),
            RanksKillsCommand.Create(),
            AuthBench.Create(),
            MetricsBench.Create(),
            EventsBench.Create(),
            PingPongCommand.Create(),
            PingPongRank.Create(),
        };
        foreach (var command in SpeedCommands.Create())
            bench.Add(command);
        bench.Add(GlobalOptions.Json);
        bench.Add(GlobalOptions.Quiet);
        bench.Add(new HelpOption { Recursive = true });
        HelpPage.Attach(bench);
        return bench;
    }
}
