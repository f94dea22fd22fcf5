namespace Headrace.Bench.Memory;

/// <summary>The memory of a server under one load, in bytes.</summary>
/// <param name="Load">Description of what the server holds or sends.</param>
/// <param name="Peak">Highest resident memory of the server.</param>
/// <param name="Bound">The bound that the server printed when it started.</param>
internal sealed record MemoryRun(string Load, long Peak, long Bound)
{
    public bool IsBounded => Peak <= Bound;
}
