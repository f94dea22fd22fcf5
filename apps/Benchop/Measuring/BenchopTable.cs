namespace Headrace.Apps.Benchop.Measuring;

/// <summary>The cells of a study, by problem and method, and their ranking. The caller renders them.</summary>
internal sealed class BenchopTable(IReadOnlyList<Cell> cells)
{
    public IReadOnlyList<Cell> Cells => cells;

    public IReadOnlyList<string> Problems { get; } = [.. cells.Select(c => c.Problem).Distinct()];

    public IReadOnlyList<string> Methods { get; } = [.. cells.Select(c => c.Method).Distinct()];

    public Cell? At(string problem, string method) =>
        cells.FirstOrDefault(c => c.Problem == problem && c.Method == method);

    /// <summary>
    /// The cells that met the target, fastest first. Methods that use the problem's structure are ranked separately
    /// from general methods.
    /// </summary>
    public IReadOnlyList<Cell> Ranked(string problem, bool usesStructure) =>
        [
            .. cells
                .Where(c => c.Problem == problem && c.UsesStructure == usesStructure && c.Met && c.Timing is not null)
                .OrderBy(c => c.Timing!.CpuMicroseconds)
                .ThenBy(c => c.Method, StringComparer.Ordinal),
        ];
}
