using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <content>The commands of clients that consume messages.</content>
internal abstract partial record Command
{
    /// <summary>
    /// Hands out messages of a queue, at most <see cref="Limits.JobsPerCommand"/>, in the order of service. No other
    /// client receives them before the lease ends.
    /// </summary>
    public sealed record PullMessages(QueueName Queue, int MaxCount, TimeSpan Lease) : OfConsumer
    {
        /// <summary>How long the pull waits for a message if there is none.</summary>
        public TimeSpan Wait { get; init; }
    }

    /// <summary>
    /// Acknowledges or releases messages of a queue, at most <see cref="Limits.JobsPerCommand"/>.
    /// </summary>
    public sealed record SettleMessages(QueueName Queue, IReadOnlyList<LeaseToken> Deliveries, bool Acknowledges)
        : OfConsumer
    {
        public override long SizeBytes => 256 + (16L * Deliveries.Count);
    }
}
