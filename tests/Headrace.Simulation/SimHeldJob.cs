using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>A job that a simulated worker holds until its outcome is acknowledged.</summary>
internal sealed class SimHeldJob(JobRow row, int slots, bool exclusive)
{
    public readonly int Slots = slots;
    public readonly LeaseToken Lease = new(row.Id, row.Status.Attempt);
    public readonly MethodName Method = row.Spec.Method;
    public readonly bool Isolated = row.Status.Isolated;
    public readonly bool Exclusive = exclusive;
    public bool Started;
    public Outcome? Outcome;

    /// <summary>The number of submissions of children that the attempt has begun.</summary>
    public int Submissions;

    /// <summary>The submission that the server has not decided yet, as far as the worker knows.</summary>
    public Command.SubmitChildren? Submission;

    /// <summary>
    /// Whether the worker will never know what became of a submission. The attempt must not succeed then.
    /// </summary>
    public bool IsUnsettled;
}
