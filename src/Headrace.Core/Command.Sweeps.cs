using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Core.Results;
using Headrace.Core.Sweeps;

namespace Headrace.Core;

/// <content>The sweep commands.</content>
internal abstract partial record Command
{
    /// <summary>
    /// Creates a sweep over the jobs that exist now and match a filter (R3), or returns the sweep that the owner
    /// already created with the same key.
    /// </summary>
    public sealed record StartSweep(SweepAction Action, JobFilter Filter, string Owner) : Command
    {
        public int Priority { get; init; }
        public QueueName? Queue { get; init; }
        public OwnerQuota? Quota { get; init; }

        /// <summary>The idempotency key of the request; null if it has none.</summary>
        public IdempotencyKey? Key { get; init; }

        /// <summary>
        /// The audit entry about the sweep; null if there is none. It is added only if the sweep is created.
        /// </summary>
        public RegistryWrite.AppendRecord? AuditEntry { get; init; }
    }

    /// <summary>Advances a sweep by one page. The server repeats this command until the sweep ends.</summary>
    public sealed record StepSweep(long Sweep) : Command
    {
        /// <summary>The next jobs of the sweep; null until they have been read (R2).</summary>
        public SweepPageRow? Page { get; private init; }

        public override Command WithRows(IReadOnlyList<StoredRow> rows) =>
            this with
            {
                Page = rows.OfType<SweepPageRow>().Single(),
            };

        public override Command WithoutRows => this with { Page = null };
    }

    public sealed record StopSweep(long Sweep) : Command;

    /// <summary>Lists one sweep, or all sweeps with the latest first.</summary>
    public sealed record ListSweeps(long? Sweep) : Command;
}
