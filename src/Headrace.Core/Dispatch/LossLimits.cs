namespace Headrace.Core.Dispatch;

/// <summary>What the loss of a worker means for the jobs of a method (R10, R11).</summary>
internal sealed record LossLimits
{
    public static readonly LossLimits Default = new();

    /// <summary>
    /// A second run would do harm: a lost attempt fails the job as <i>lost</i>. Implies <see cref="Exclusive"/>.
    /// </summary>
    public bool FailWhenLost { get; init; }

    /// <summary>
    /// Two attempts must never run at once (licence, GPU, outside effect): the worker ends the run before its lease
    /// does.
    /// </summary>
    public bool Exclusive { get; init; }

    /// <summary>
    /// Witnessed deaths of its worker, the job alone on it, after which the job fails as <i>poison</i>; 0 suspects
    /// nobody.
    /// </summary>
    public int MaxKills { get; init; } = 2;

    /// <summary>Silences of its worker after which the job fails as <i>lost</i>.</summary>
    public int MaxLosses { get; init; } = 5;
}
