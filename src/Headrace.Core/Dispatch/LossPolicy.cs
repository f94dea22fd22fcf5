namespace Headrace.Core.Dispatch;

/// <summary>Specifies how a method's jobs are treated when a worker or its lease is lost (R10, R11).</summary>
internal sealed record LossPolicy
{
    public static readonly LossPolicy Default = new();

    /// <summary>
    /// True if a job must not run again after a lost attempt. The job then fails as <i>lost</i>. Implies <see
    /// cref="Exclusive"/>.
    /// </summary>
    public bool FailWhenLost { get; init; }

    /// <summary>
    /// True if two attempts must never overlap, for example because of a licence, a GPU or an external side effect. The
    /// worker stops the attempt before its lease expires.
    /// </summary>
    public bool Exclusive { get; init; }

    /// <summary>
    /// Number of worker crashes, observed while the job ran alone, after which the job fails as <i>poison</i>. Default
    /// 2; 0 disables the check.
    /// </summary>
    public int MaxWorkerCrashes { get; init; } = 2;

    /// <summary>Number of lost leases after which the job fails as <i>lost</i>.</summary>
    public int MaxLostLeases { get; init; } = 5;
}
