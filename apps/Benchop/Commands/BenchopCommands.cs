using System.CommandLine;
using Headrace.Commands;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// <c>headrace benchop</c>: computes option prices with many methods and measures these methods, with a job for each
/// computation.
/// </summary>
public sealed class BenchopCommands : IAppCommands
{
    public IReadOnlyList<Command> Create() =>
        [
            new Command("benchop", "Price options with many methods and measure these methods.")
            {
                BenchopPriceCommand.Create(),
                BenchopTableCommand.Create(),
                BenchopTuneCommand.Create(),
            },
        ];
}
