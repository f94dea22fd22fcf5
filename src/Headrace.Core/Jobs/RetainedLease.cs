namespace Headrace.Core.Jobs;

/// <summary>
/// An expired lease of a ready job. Until the job is claimed again or ends, its holder can resume the attempt, and the
/// space for its result stays reserved (R11). The store has no separate columns for retained leases: a ready job has
/// one if and only if its row reserves space.
/// </summary>
internal sealed record RetainedLease(LeaseHolder Holder, long GrantedByExchange, long ReservedBytes)
{
    public static RetainedLease Of(in JobStatus status) =>
        new(status.Holder, status.GrantedByExchange, status.ReservedBytes);
}
