using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// The simulated disk: the rows that survive a server crash. It throws on changes that no job store may accept: a
/// second end of a job, the end of an unknown job, or a batch out of order.
/// </summary>
internal sealed class SimStore(string id)
{
    private readonly Dictionary<JobId, JobRow> _jobs = [];
    private readonly Dictionary<JobId, DoneRow> _done = [];
    private readonly Dictionary<JobId, string> _results = [];
    private readonly Dictionary<WorkerName, WorkerRow> _workers = [];
    private readonly Dictionary<MethodRef, MethodRow> _methods = [];
    private readonly Dictionary<(QueueName, MethodName, JobState), CounterRow> _counters = [];
    private readonly Dictionary<KeyName, KeyRow> _keys = [];
    private readonly Dictionary<FeedName, FeedRow> _feeds = [];
    private readonly SortedDictionary<(string, long), FeedRangeRow> _feedRanges = [];
    private ShardRow _shard = new(0, 1, 1, default);

    public StoreId Id { get; } = new(id);

    public int Live => _jobs.Count;

    public IReadOnlyDictionary<JobId, DoneRow> Done => _done;

    public bool Has(JobId job) => _jobs.ContainsKey(job) || _done.ContainsKey(job);

    public JobRow? LiveRow(JobId job) => _jobs.GetValueOrDefault(job);

    public DoneRow? DoneRow(JobId job) => _done.GetValueOrDefault(job);

    public string? Result(JobId job) => _results.GetValueOrDefault(job);

    public IEnumerable<FeedRow> Feeds => _feeds.Values;

    public bool WasGiven(FeedName feed, long finish) =>
        _feedRanges.Values.Any(range => range.Feed == feed && range.Span.From <= finish && finish <= range.Span.To);

    public IReadOnlyList<StoredRow> Read(IEnumerable<RowKey> keys) => [.. keys.SelectMany(Read)];

    private IEnumerable<StoredRow> Read(RowKey key) =>
        key switch
        {
            RowKey.Key named => _keys.TryGetValue(named.Name, out var row) ? [row] : [],
            RowKey.Ends ends => [CompletionScan.Read(ends, gap => Completions(ends, gap))],
            _ => throw new SimulationFault($"unexpected read of {key.GetType().Name}"),
        };

    private IEnumerable<Completion> Completions(RowKey.Ends asked, Span gap)
    {
        var inside = _done.Values.Where(done =>
            done.Job.Spec.Queue == asked.Queue && done.Finish >= gap.From && done.Finish <= gap.To
        );
        return (
            asked.OldestFirst ? inside.OrderBy(done => done.Finish) : inside.OrderByDescending(done => done.Finish)
        ).Select(done => new Completion(done.Finish, done.Job.Id, done.Job.Now.State));
    }

    public IEnumerable<StoredRow> Load()
    {
        yield return new StoreRow(Id, 1);
        yield return _shard;
        foreach (var row in _counters.Values)
            yield return row;
        foreach (var row in _methods.Values)
            yield return row;
        foreach (var row in _workers.Values)
            yield return row;
        foreach (var row in _feeds.Values)
            yield return row;
        foreach (var row in _feedRanges.Values)
            yield return row;
        foreach (var row in _jobs.Values)
            yield return row;
    }

    /// <summary>
    /// Applies a batch. Returns false without changes if the batch was already applied (same number, committed again).
    /// </summary>
    public bool Apply(Batch batch)
    {
        var shard = batch.Shard ?? throw new SimulationFault("an unfinished batch was committed");
        if (shard.Batch == _shard.Batch)
            return false;
        if (shard.Batch != _shard.Batch + 1)
            throw new SimulationFault($"batch {shard.Batch} was committed after batch {_shard.Batch}");
        _shard = shard;
        foreach (var change in batch.Changes)
            Apply(change);
        return true;
    }

    private void Apply(RowChange change)
    {
        switch (change)
        {
            case RowChange.JobAdded added:
                if (Has(added.Row.Id))
                    throw new SimulationFault($"job {added.Row.Id} was added twice");
                _jobs.Add(added.Row.Id, added.Row);
                break;
            case RowChange.JobChanged changed:
                if (!_jobs.TryGetValue(changed.Row.Id, out var before))
                    throw new SimulationFault($"job {changed.Row.Id} was changed but does not exist");
                if (changed.Row.Now.Attempt < before.Now.Attempt)
                    throw new SimulationFault(
                        $"the attempt of job {changed.Row.Id} decreased from {before.Now.Attempt} to "
                            + $"{changed.Row.Now.Attempt}"
                    );
                _jobs[changed.Row.Id] = changed.Row;
                break;
            case RowChange.JobEnded ended:
                var id = ended.Row.Job.Id;
                if (ended.WasStored != _jobs.Remove(id))
                    throw new SimulationFault(
                        $"job {id} ended, but its unfinished row "
                            + $"{(ended.WasStored ? "does not exist" : "exists unexpectedly")}"
                    );
                if (!_done.TryAdd(id, ended.Row))
                    throw new SimulationFault($"job {id} ended twice");
                break;
            case RowChange.PayloadAdded { Row.Kind: PayloadKind.Result } payload:
                if (!_results.TryAdd(payload.Row.Job, System.Text.Encoding.UTF8.GetString(payload.Row.Bytes.Span)))
                    throw new SimulationFault($"job {payload.Row.Job} has two results");
                break;
            case RowChange.KeyAdded key:
                if (!_keys.TryAdd(key.Row.Name, key.Row))
                    throw new SimulationFault(
                        $"the key {key.Row.Name.Text} was assigned to both job {_keys[key.Row.Name].Job} and "
                            + $"job {key.Row.Job}"
                    );
                break;
            case RowChange.WorkerPut worker:
                if (!_workers.TryAdd(worker.Row.Name, worker.Row))
                    throw new SimulationFault($"the name {worker.Row.Name} has two incarnations");
                break;
            case RowChange.WorkerGone worker:
                if (!_workers.Remove(worker.Name))
                    throw new SimulationFault($"worker {worker.Name} was removed but does not exist");
                break;
            case RowChange.MethodPut method:
                _methods[new MethodRef(method.Row.Name, method.Row.Version)] = method.Row;
                break;
            case RowChange.FeedPut feed:
                if (!_feeds.TryAdd(feed.Row.Name, feed.Row))
                    throw new SimulationFault($"the feed {feed.Row.Name} was created twice");
                break;
            case RowChange.FeedRangePut range:
                _feedRanges[(range.Row.Feed.Text, range.Row.Span.From)] = range.Row;
                break;
            case RowChange.FeedRangeGone range:
                if (!_feedRanges.Remove((range.Feed.Text, range.From)))
                    throw new SimulationFault(
                        $"the range of {range.Feed} from {range.From} was removed but does not exist"
                    );
                break;
            case RowChange.CounterPut counter:
                _counters[(counter.Row.Queue, counter.Row.Method, counter.Row.State)] = counter.Row;
                break;
        }
    }
}

/// <summary>A violation of the guarantees; the message describes it.</summary>
internal sealed class SimulationFault(string message) : Exception(message);
