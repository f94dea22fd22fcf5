using Headrace.Apps.Benchop.Measuring;

namespace Headrace.Apps.Benchop.Runs;

/// <summary>The request that started a run, stored as the first line of its file.</summary>
/// <param name="Id">The name of the run, which begins with the time of its start in UTC.</param>
/// <param name="Set">The settings of the problems as the user wrote them; empty for the defaults.</param>
/// <param name="Seed">The seed of the sampling methods.</param>
/// <param name="Tuned">
/// True if each method ran with the smallest work that meets the target, so that the times are compared at equal
/// accuracy.
/// </param>
/// <param name="Cells">The number of combinations of problem and method.</param>
/// <param name="Version">The version of the program that started the run.</param>
internal sealed record RunHeader(
    string Id,
    DateTimeOffset Started,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> Methods,
    string Set,
    double Target,
    int Seed,
    TimingProtocol Protocol,
    bool Tuned,
    int Cells,
    string Version
);
