using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>
/// The output of one broker turn: the row changes to commit, and the responses and effects to publish after the commit.
/// A job that changes ten times within a batch is written once, in its final state.
/// </summary>
/// <param name="maxCommands">Maximum number of commands in the batch.</param>
internal sealed class Batch(int maxCommands = Limits.CommandsPerBatch)
{
    private readonly List<Job> _dirtyJobs = [];
    private readonly List<RowChange> _changes = [];
    private bool _requiresCommit;

    public List<(RequestId Ticket, Response Answer)> Responses { get; } = [];

    public List<Effect> Effects { get; } = [];

    /// <summary>Jobs changed in this batch, in the order of their first change.</summary>
    public IReadOnlyList<Job> DirtyJobs => _dirtyJobs;

    /// <summary>
    /// The row changes of this batch, in order. The list is complete once <see cref="Shard"/> is set.
    /// </summary>
    public IReadOnlyList<RowChange> Changes => _changes;

    /// <summary>The shard row after this batch; null until the batch is finished.</summary>
    public ShardRow? Shard { get; private set; }

    public int Commands { get; set; }

    public long Bytes { get; set; }

    public bool IsFull => Commands >= maxCommands || Bytes >= Limits.BytesPerBatch;

    /// <summary>True if the batch changes any row. Otherwise, it needs no commit (R1).</summary>
    public bool NeedsCommit => _changes.Count > 0 || _dirtyJobs.Count > 0 || _requiresCommit;

    public void Add(RequestId requestId, Response response) => Responses.Add((requestId, response));

    public void Add(RowChange change) => _changes.Add(change);

    /// <summary>Discards the bodies of jobs that were accepted in this batch and removed again.</summary>
    public void DiscardPayloads(IReadOnlySet<JobId> jobs) =>
        _changes.RemoveAll(change => change is RowChange.PayloadAdded added && jobs.Contains(added.Row.Job));

    public void Add(Effect effect) => Effects.Add(effect);

    /// <summary>Marks the batch as needing a commit because the shard row changed, even if no other row did.</summary>
    public void RequireCommit() => _requiresCommit = true;

    public void MarkDirty(Job job)
    {
        if (job.Dirty)
            return;
        job.Dirty = true;
        _dirtyJobs.Add(job);
    }

    public void Freeze(ShardRow shard) => Shard = shard;
}
