using Headrace.Core.Jobs;

namespace Headrace.Core;

internal abstract partial record Command
{
    /// <summary>
    /// Submits jobs as the children of a running attempt. All of them are accepted, or none (R13). Unlike the other
    /// messages of workers, this command renews no lease and queues with the client requests.
    /// </summary>
    /// <param name="Sender">The worker that sent the message.</param>
    /// <param name="Parent">The attempt.</param>
    /// <param name="Number">The number of the submission; see <see cref="ChildSubmission"/>.</param>
    /// <param name="Count">The number of children in the message.</param>
    /// <param name="Jobs">
    /// The children; empty if the server has refused one of them. The broker then records that the submission was
    /// rejected.
    /// </param>
    public sealed record SubmitChildren(
        LeaseHolder Sender,
        LeaseToken Parent,
        int Number,
        int Count,
        IReadOnlyList<NewJob> Jobs
    ) : Command
    {
        /// <summary>
        /// The store that the worker belongs to; null if the message does not state it (R9).
        /// </summary>
        public StoreId? Store { get; init; }

        /// <summary>The only pool for which the sender's key is valid; null if the key is not limited.</summary>
        public string? PoolOfKey { get; init; }

        public override long SizeBytes
        {
            get
            {
                var bytes = 256L;
                foreach (var job in Jobs)
                    bytes += 256 + job.Spec.InputBytes;
                return bytes;
            }
        }
    }
}
