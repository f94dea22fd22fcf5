using Headrace.Apps.Benchop;

namespace Headrace.Cli.Benchop;

/// <summary>What is done with a cell. Without a work parameter the method chooses, or the search does.</summary>
internal sealed record CellTask(BenchopTask What, int? Work = null, double Target = CellTask.UsualTarget)
{
    /// <summary>The benchmark's own.</summary>
    public const double UsualTarget = 1e-4;
}
