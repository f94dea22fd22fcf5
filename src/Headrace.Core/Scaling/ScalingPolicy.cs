namespace Headrace.Core.Scaling;

/// <summary>When a pool grows and shrinks.</summary>
internal sealed record ScalingPolicy
{
    /// <summary>Workers that run whatever waits.</summary>
    public int Min { get; init; }

    /// <summary>Workers at most, those that are starting or leaving counted in.</summary>
    public int Max { get; init; } = 3;

    /// <summary>
    /// A worker is added when the oldest job has waited longer. Too short, and a moment's rush starts processes that
    /// come too late for it; too long, and jobs wait.
    /// </summary>
    public TimeSpan UpAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// A worker that has held nothing for so long goes. Too short, and the next rush waits for starts again; too long,
    /// and idle processes hold memory, or an allocation that costs money.
    /// </summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// A worker that has not joined for so long after its start is not expected any more: other pools may start one in
    /// its stead.
    /// </summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(1);
}
