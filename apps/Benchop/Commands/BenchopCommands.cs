using System.CommandLine;
using Headrace.Commands;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// <c>headrace benchop</c>: option prices by many methods. A job computes or measures each of them.
/// </summary>
public sealed class BenchopCommands : IAppCommands
{
    public IReadOnlyList<Command> Create() =>
        [
            new Command("benchop", "Price options by many methods, and measure them.")
            {
                BenchopPriceCommand.Create(),
                BenchopTableCommand.Create(),
                BenchopTuneCommand.Create(),
            },
        ];
}
