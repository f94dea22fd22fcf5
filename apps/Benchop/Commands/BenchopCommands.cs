using System.CommandLine;
using Headrace.Commands;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// <c>headrace benchop</c>: computes option prices with many methods and measures their accuracy and speed. Each
/// computation is a separate job.
/// </summary>
public sealed class BenchopCommands : IAppCommands
{
    public IReadOnlyList<Command> Create() =>
        [
            new Command("benchop", "Price options with many numerical methods and measure their accuracy and speed.")
            {
                BenchopPriceCommand.Create(),
                BenchopTuneCommand.Create(),
                BenchopRunCommand.Create(),
                BenchopRunsCommand.Create(),
                BenchopRankCommand.Create(),
                BenchopTableCommand.Create(),
                BenchopPlotCommand.Create(),
                BenchopCompareCommand.Create(),
            },
        ];
}
