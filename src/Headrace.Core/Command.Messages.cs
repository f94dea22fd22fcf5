using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <content>The commands that clients use to consume messages.</content>
internal abstract partial record Command
{
    /// <summary>
    /// Leases up to <see cref="Limits.JobsPerCommand"/> messages from a queue to a client, in serving order. No other
    /// client receives them before the lease ends.
    /// </summary>
    public sealed record PullMessages(QueueName Queue, int MaxCount, TimeSpan Lease) : OfConsumer
    {
        /// <summary>How long the pull waits if no message is available.</summary>
        public TimeSpan Wait { get; init; }
    }

    /// <summary>Acknowledges or releases up to <see cref="Limits.JobsPerCommand"/> messages in a queue.</summary>
    public sealed record SettleMessages(QueueName Queue, IReadOnlyList<LeaseToken> Deliveries, bool Acknowledges)
        : OfConsumer
    {
        public override long SizeBytes => 256 + (16L * Deliveries.Count);
    }
}
