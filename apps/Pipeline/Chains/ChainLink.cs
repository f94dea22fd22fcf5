using System.Globalization;

namespace Headrace.Apps.Pipeline.Chains;

/// <summary>
/// One job of a chain. It contains the whole state of its chain, so a chain needs no state besides its latest job.
/// </summary>
/// <param name="Origin">What started the first chain of this line: a number, or the name of a message.</param>
/// <param name="Generation">The number of chains of this line before this one.</param>
/// <param name="Step">The step of the chain.</param>
/// <param name="Param">The parameter of the chain.</param>
internal sealed record ChainLink(string Origin, int Generation, ChainStep Step, long Param)
{
    /// <summary>The value of the simulation; null until the simulation has ended.</summary>
    public long? Value { get; init; }

    /// <summary>The number of this simulation, counted from 1, if earlier ones returned no value.</summary>
    public int Try { get; init; } = 1;

    /// <summary>The name of the chain, such as <c>0</c> and <c>0.1</c> for the chain that it starts.</summary>
    public string Chain =>
        Generation == 0 ? Origin : string.Create(CultureInfo.InvariantCulture, $"{Origin}.{Generation}");

    /// <summary>
    /// The idempotency key of the job. If the program is interrupted after it submitted the job, it submits the job
    /// again, and the server returns the existing one.
    /// </summary>
    public string KeyIn(string run) => $"{run}/{Chain}/{Step.ToName()}/{Try}";

    /// <summary>The first job of a chain.</summary>
    public static ChainLink First(string origin, long param) => new(origin, 0, ChainStep.Simulate, param);
}
