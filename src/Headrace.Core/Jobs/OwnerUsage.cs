namespace Headrace.Core.Jobs;

/// <summary>
/// The number and size of each owner's unfinished jobs. An owner without unfinished jobs uses no memory.
/// </summary>
internal sealed class OwnerUsage
{
    private readonly Dictionary<string, (long Jobs, long Bytes)> _owners = new(StringComparer.Ordinal);

    /// <summary>The total number and size of the unfinished jobs of all owners.</summary>
    public (long Jobs, long Bytes) Total =>
        _owners.Values.Aggregate(
            (Jobs: 0L, Bytes: 0L),
            (total, owner) => (total.Jobs + owner.Jobs, total.Bytes + owner.Bytes)
        );

    public void Add(JobSpec spec) => Change(spec.Owner, 1, spec.InputBytes);

    public void Remove(JobSpec spec) => Change(spec.Owner, -1, -spec.InputBytes);

    public (long Jobs, long Bytes) Of(string owner) => _owners.GetValueOrDefault(owner);

    /// <summary>Returns the rejection if the job would exceed the quota of its owner; otherwise null.</summary>
    public Rejection? Check(JobSpec spec, OwnerQuota quota)
    {
        var (jobs, bytes) = Of(spec.Owner);
        if (jobs >= quota.Jobs)
            return Exceeded($"{spec.Owner} has reached the limit of {quota.Jobs} unfinished jobs.");
        return bytes + spec.InputBytes > quota.Bytes
            ? Exceeded(
                $"The bodies and params of {spec.Owner}'s unfinished jobs total {bytes} bytes, and this job of "
                    + $"{spec.InputBytes} bytes would exceed the limit of {quota.Bytes} bytes."
            )
            : null;
    }

    private void Change(string owner, long jobs, long bytes)
    {
        var (oldJobs, oldBytes) = Of(owner);
        if (oldJobs + jobs == 0)
            _owners.Remove(owner);
        else
            _owners[owner] = (oldJobs + jobs, oldBytes + bytes);
    }

    private static Rejection Exceeded(string detail) =>
        new(RejectionKind.QuotaExceeded, $"{detail} Wait for jobs to end, or ask an admin to raise the limit.")
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        };
}
