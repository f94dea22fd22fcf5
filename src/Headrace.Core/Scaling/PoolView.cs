namespace Headrace.Core.Scaling;

/// <summary>A pool as the rule sees it. Without methods it serves every one.</summary>
internal sealed record PoolView(
    string Name,
    IReadOnlyList<MethodName> Methods,
    ScalingPolicy Policy,
    IReadOnlyList<MemberView> Members
)
{
    public bool Serves(MethodName method) => Methods.Count == 0 || Methods.Contains(method);
}

/// <summary>One worker of a pool, or the place of one that could not be started yet.</summary>
/// <param name="State">What it does.</param>
/// <param name="For">
/// For how long: since it holds nothing when idle, since it was asked for when starting or failing.
/// </param>
/// <param name="Offers">
/// What it offers; null while it has not said: then it is taken to offer what its pool serves.
/// </param>
internal readonly record struct MemberView(MemberState State, TimeSpan For, IReadOnlyList<MethodRef>? Offers = null)
{
    /// <summary>It could be given such a job. Version 0 is whatever is offered.</summary>
    public bool MayTake(MethodRef asked) =>
        Offers?.Any(offer => offer.Name == asked.Name && (asked.Version == 0 || offer.Version == asked.Version))
        ?? true;
}

internal enum MemberState
{
    /// <summary>Asked for and not joined yet: it counts, for it will help.</summary>
    Starting,

    /// <summary>It died, or could not be started, and its provider rests before the next try.</summary>
    Failing,

    /// <summary>It has joined and holds nothing.</summary>
    Idle,

    Busy,

    /// <summary>It finishes what it holds and goes.</summary>
    Leaving,

    /// <summary>It has joined and is not heard of: it may help again, or never.</summary>
    Silent,
}

/// <summary>What a pool should do now, and why, in words.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Start">How many workers more.</param>
/// <param name="Drain">Which members finish and go, by their place in the view.</param>
/// <param name="Reason">A sentence for the operator.</param>
internal sealed record ScaleDecision(string Pool, int Start, IReadOnlyList<int> Drain, string Reason)
{
    public bool IsChange => Start > 0 || Drain.Count > 0;
}
