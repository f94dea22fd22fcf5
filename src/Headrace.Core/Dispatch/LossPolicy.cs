namespace Headrace.Core.Dispatch;

/// <summary>How a method's jobs are treated when a worker or its lease is lost (R10, R11).</summary>
internal sealed record LossPolicy
{
    public static readonly LossPolicy Default = new();

    /// <summary>
    /// A second run would do harm: a lost attempt fails the job as <i>lost</i>. Implies <see cref="Exclusive"/>.
    /// </summary>
    public bool FailWhenLost { get; init; }

    /// <summary>
    /// Two attempts must never overlap, for example because of a licence, a GPU or an external side effect. The worker
    /// stops the attempt before its lease expires.
    /// </summary>
    public bool Exclusive { get; init; }

    /// <summary>
    /// Number of worker crashes, observed while this job ran alone, after which it fails as <i>poison</i>. Default 2; 0
    /// disables the check.
    /// </summary>
    public int MaxWorkerCrashes { get; init; } = 2;

    /// <summary>Number of lost leases after which the job fails as <i>lost</i>.</summary>
    public int MaxLostLeases { get; init; } = 5;
}
