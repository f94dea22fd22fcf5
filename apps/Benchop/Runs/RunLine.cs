namespace Headrace.Apps.Benchop.Runs;

/// <summary>One line of a run file. Exactly one of the members is set.</summary>
internal sealed record RunLine
{
    public RunHeader? Run { get; init; }

    public RunCell? Cell { get; init; }

    public RunEnd? End { get; init; }
}
