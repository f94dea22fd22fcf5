using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>
/// What one turn of the broker produced: answers and effects that wait for the commit, and the row changes to commit. A
/// job changed ten times in a batch is
/// written once, as it is when the batch is sealed.
/// </summary>
internal sealed class Batch
{
    private readonly List<Job> _touched = [];
    private readonly List<RowChange> _changes = [];

    public List<(Ticket Ticket, Answer Answer)> Answers { get; } = [];

    public List<Effect> Effects { get; } = [];

    /// <summary>Jobs changed in this batch, in the order of their first change.</summary>
    public IReadOnlyList<Job> Touched => _touched;

    /// <summary>The row changes in order; complete once <see cref="Shard"/> is set.</summary>
    public IReadOnlyList<RowChange> Changes => _changes;

    /// <summary>The shard's row as this batch leaves it; set by sealing.</summary>
    public ShardRow? Shard { get; private set; }

    public int Commands { get; set; }

    public long Bytes { get; set; }

    public bool IsFull => Commands >= Limits.CommandsPerBatch || Bytes >= Limits.BytesPerBatch;

    /// <summary>A batch without row changes needs no commit (R1).</summary>
    public bool NeedsCommit => _changes.Count > 0 || _touched.Count > 0;

    public void Add(Ticket ticket, Answer answer) => Answers.Add((ticket, answer));

    public void Add(RowChange change) => _changes.Add(change);

    public void Add(Effect effect) => Effects.Add(effect);

    public void Touch(Job job)
    {
        if (job.Touched)
            return;
        job.Touched = true;
        _touched.Add(job);
    }

    public void Seal(ShardRow shard) => Shard = shard;
}
