using System.Diagnostics.CodeAnalysis;
using Headrace.Core.Jobs;

namespace Headrace.Core.Messages;

/// <summary>A message that a client holds.</summary>
/// <param name="Until">When the message becomes ready again.</param>
/// <param name="IsRestored">
/// True if the lease was granted before the server restarted. Such a lease does not count as lost when it expires,
/// because the client could not acknowledge the message while the server was down.
/// </param>
internal readonly record struct MessageLease(Elapsed Until, bool IsRestored);

/// <summary>The messages that clients hold, and the pulls that are waiting for messages.</summary>
internal sealed class MessageTable
{
    private readonly Dictionary<Job, MessageLease> _held = [];

    /// <summary>The held messages, ordered by the expiry of their leases.</summary>
    public Timers<Elapsed, (Job Job, int Attempt)> Leases { get; }

    /// <summary>Pulls that wait for a message in their queue.</summary>
    public ParkedRequests<QueueName> WaitingPulls { get; } = new();

    public MessageTable() => Leases = new(lease => IsHeld(lease.Job, lease.Attempt));

    public int HeldCount => _held.Count;

    public bool TryGet(Job job, [MaybeNullWhen(false)] out MessageLease lease) => _held.TryGetValue(job, out lease);

    public bool IsHeld(Job job, int attempt) => job.Status.Attempt == attempt && _held.ContainsKey(job);

    public void Add(Job job, Elapsed until) => Add(job, new MessageLease(until, IsRestored: false));

    public void Restore(Job job, Elapsed until) => Add(job, new MessageLease(until, IsRestored: true));

    public void Remove(Job job) => _held.Remove(job);

    /// <summary>
    /// Called when the queue may have a message. Answers the pull that has been waiting longest; its caller then pulls
    /// again.
    /// </summary>
    public void WakeNext(QueueName queue, Batch batch)
    {
        if (WaitingPulls.TryTakeFirst(queue, out var requestId))
            batch.Add(requestId, new Response.PullAgain());
    }

    private void Add(Job job, MessageLease lease)
    {
        _held.Add(job, lease);
        Leases.Add(lease.Until, (job, job.Status.Attempt));
    }
}
