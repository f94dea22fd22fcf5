using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>An exchange that has not been answered yet.</summary>
internal sealed class OpenExchange(RequestId requestId, long number, Elapsed until, bool urgent)
{
    public RequestId RequestId { get; } = requestId;

    public long Number { get; } = number;

    /// <summary>When the exchange times out and an empty reply is sent.</summary>
    public Elapsed Until { get; } = until;

    /// <summary>True if the reply must be sent as soon as the batch is durable (R6, R7).</summary>
    public bool Urgent { get; } = urgent;

    public IReadOnlyList<(LeaseToken Lease, AckStatus Verdict)> Acks { get; init; } = [];

    public IReadOnlyList<LeaseToken> Revoked { get; init; } = [];

    /// <summary>
    /// The jobs granted to this exchange, in the order of their claims. The reply lists them in this order, and the
    /// worker runs them in the same order (R19).
    /// </summary>
    public List<Job> Granted { get; } = [];

    /// <summary>Total size of the bodies and parameters granted to this exchange, in bytes.</summary>
    public long GrantedBytes { get; private set; }

    /// <summary>Adds a job that was claimed for this exchange.</summary>
    public void Grant(Job job)
    {
        job.GrantIndex = Granted.Count;
        Granted.Add(job);
        GrantedBytes += job.Spec.InputBytes;
    }

    /// <summary>
    /// Adds the jobs that were granted when the worker first sent this exchange, in the order of their claims. That
    /// order is not stored, so after a restart the serving order is used instead.
    /// </summary>
    public void GrantAgain(IEnumerable<Job> held)
    {
        foreach (var job in held)
            if (job.Status.GrantedByExchange == Number)
                Granted.Add(job);
        Granted.Sort(
            static (a, b) =>
                a.GrantIndex != b.GrantIndex ? a.GrantIndex.CompareTo(b.GrantIndex) : Job.CompareServiceOrder(a, b)
        );
    }
}
