namespace Headrace.Core.Jobs;

/// <summary>
/// An expired lease of a ready job. Until the job is claimed again or ends, its holder can resume the attempt, and the
/// space for its result stays reserved (R11). It has no columns of its own in the store: a ready job whose row reserves
/// space has a retained lease.
/// </summary>
internal sealed record RetainedLease(LeaseHolder Holder, long GrantedByExchange, long ReservedBytes)
{
    public static RetainedLease Of(in JobStatus status) =>
        new(status.Holder, status.GrantedByExchange, status.ReservedBytes);
}
