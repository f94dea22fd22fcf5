using System.CommandLine;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace benchop</c>: option prices by many methods, each priced or measured by a job.</summary>
internal static class BenchopVerb
{
    public static Command Create() =>
        new("benchop", "Price options by many methods, and measure them.")
        {
            BenchopPriceVerb.Create(),
            BenchopTableVerb.Create(),
            BenchopTuneVerb.Create(),
        };
}
