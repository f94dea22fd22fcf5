using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;
using Headrace.Core.Registry;
using Headrace.Core.Retention;
using Headrace.Core.Sweeps;

namespace Headrace.Simulation;

/// <summary>
/// The simulated disk: the rows that survive a server crash. It throws on changes that no job store may accept: ending
/// a job twice, ending an unknown job, or committing a batch out of order.
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
    private readonly Dictionary<(string Kind, string Id), RegistryDocument> _documents = [];
    private readonly Dictionary<JobId, long> _deleted = [];
    private readonly SortedDictionary<long, SweepRow> _sweeps = [];
    private ShardRow _shard = new(0, 1, 1, default);

    /// <summary>Maximum number of jobs on one page of a sweep, so that a sweep takes several steps.</summary>
    private const int SweepPageJobs = 3;

    public StoreId Id { get; } = new(id);

    public bool IsNew => _shard.Batch == 0;

    public int Live => _jobs.Count;

    public IEnumerable<JobRow> Unfinished => _jobs.Values;

    /// <summary>The bytes of params and headers of the unfinished jobs, which a server keeps in memory.</summary>
    public long ResidentBytes => _jobs.Values.Sum(row => row.Spec.ResidentBytes);

    public IReadOnlyDictionary<JobId, DoneRow> Done => _done;

    public bool Has(JobId job) => _jobs.ContainsKey(job) || _done.ContainsKey(job);

    /// <summary>Returns true if the job ended and was later deleted.</summary>
    public bool WasDeleted(JobId job) => _deleted.ContainsKey(job);

    /// <summary>Returns true if an earlier batch deleted the job.</summary>
    public bool WasDeletedBefore(JobId job, Batch batch) =>
        _deleted.TryGetValue(job, out var number) && number < batch.Shard!.Batch;

    public IReadOnlyDictionary<(QueueName Queue, MethodName Method, JobState State), CounterRow> Counters => _counters;

    public bool HasMessages => _jobs.Values.Any(row => row.Spec.Method == MessageMethod.Name);

    public JobRow? LiveRow(JobId job) => _jobs.GetValueOrDefault(job);

    public DoneRow? DoneRow(JobId job) => _done.GetValueOrDefault(job);

    public string? Result(JobId job) => _results.GetValueOrDefault(job);

    public IEnumerable<RegistryDocument> Documents => _documents.Values;

    public RegistryDocument? Document(string kind, string id) => _documents.GetValueOrDefault((kind, id));

    public IEnumerable<FeedRow> Feeds => _feeds.Values;

    public FeedRanges CopyFeeds() => new(_feeds.Values, _feedRanges.Values);

    public IReadOnlyCollection<SweepRow> Sweeps => _sweeps.Values;

    public SweepRow? Sweep(long id) => _sweeps.GetValueOrDefault(id);

    public bool WasDelivered(FeedName feed, long completionNumber) =>
        _feedRanges.Values.Any(range =>
            range.Feed == feed && range.Range.From <= completionNumber && completionNumber <= range.Range.To
        );

    public IReadOnlyList<StoredRow> Read(IEnumerable<RowKey> keys) => [.. keys.SelectMany(Read)];

    private IEnumerable<StoredRow> Read(RowKey key) =>
        key switch
        {
            RowKey.Key named => _keys.TryGetValue(named.Name, out var row) ? [row] : [],
            RowKey.History history => [HistoryScan.Read(history, History(history))],
            RowKey.EndedJob ended => _done.TryGetValue(ended.Job, out var done) ? [EndedJobOf(done)] : [],
            RowKey.Ended ended => _done.TryGetValue(ended.Job, out var row) ? [row] : [],
            RowKey.SweepPage page => [Page(page)],
            RowKey.Completions completions => [CompletionScan.Read(completions, gap => Completions(completions, gap))],
            _ => throw new SimulationFaultException($"unexpected read of {key.GetType().Name}"),
        };

    private IEnumerable<EndedJob> History(RowKey.History asked) =>
        _done
            .Values.Where(done => done.Job.Spec.Queue == asked.Queue && done.CompletionNumber > asked.After)
            .OrderBy(done => done.CompletionNumber)
            .Select(EndedJobOf);

    private EndedJob EndedJobOf(DoneRow done) =>
        new(done.Job.Id, done.CompletionNumber, done.Job.Spec.Queue, done.Job.Spec.Method, done.Job.Status.State)
        {
            Owner = done.Job.Spec.Owner,
            Ended = done.Ended,
            InputBytes = done.Job.Spec.InputBytes,
            ResultBytes = done.ResultBytes,
            Tags = done.Job.Spec.Tags,
            Keys = [.. _keys.Values.Where(key => key.Job == done.Job.Id).Select(key => key.Name)],
        };

    private SweepPageRow Page(RowKey.SweepPage asked)
    {
        var found = _jobs
            .Values.Where(asked.Filter.Matches)
            .Select(row => (row.Id, Row: (StoredRow)row))
            .Concat(_done.Values.Where(asked.Filter.Matches).Select(row => (row.Job.Id, Row: (StoredRow)row)))
            .Where(job => job.Id.Value < asked.Sweep.Cursor)
            .OrderByDescending(job => job.Id)
            .Take(SweepPageJobs + 1)
            .ToList();
        var rows = found.Take(SweepPageJobs).ToList();
        return new SweepPageRow(
            [.. rows.Select(job => asked.Sweep.Action == SweepAction.Delete ? EndedJobOf((DoneRow)job.Row) : job.Row)],
            asked.Sweep.Cursor,
            found.Count > SweepPageJobs ? rows[^1].Id.Value : null,
            rows.Count
        );
    }

    private IEnumerable<Completion> Completions(RowKey.Completions asked, CompletionRange gap)
    {
        var inside = _done.Values.Where(done =>
            done.Job.Spec.Queue == asked.Queue && done.CompletionNumber >= gap.From && done.CompletionNumber <= gap.To
        );
        return (
            asked.OldestFirst
                ? inside.OrderBy(done => done.CompletionNumber)
                : inside.OrderByDescending(done => done.CompletionNumber)
        ).Select(done => new Completion(done.CompletionNumber, done.Job.Id, done.Job.Status.State));
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
        foreach (var row in _documents.Values)
            yield return row;
        foreach (var row in _sweeps.Values)
            yield return row;
        foreach (var row in _jobs.Values.OrderBy(row => row.Id))
            yield return row;
    }

    /// <summary>Returns true if the batch is the last one that was applied.</summary>
    public bool Contains(Batch batch) => batch.Shard?.Batch == _shard.Batch;

    /// <summary>
    /// Applies a batch. Returns false without changes if the batch was already applied (same number, committed again).
    /// </summary>
    public bool Apply(Batch batch)
    {
        var shard = batch.Shard ?? throw new SimulationFaultException("an unfinished batch was committed");
        if (shard.Batch == _shard.Batch)
            return false;
        if (shard.Batch != _shard.Batch + 1)
            throw new SimulationFaultException($"batch {shard.Batch} was committed after batch {_shard.Batch}");
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
                    throw new SimulationFaultException($"job {added.Row.Id} was added twice");
                _jobs.Add(added.Row.Id, added.Row);
                break;
            case RowChange.JobChanged changed:
                if (!_jobs.TryGetValue(changed.Row.Id, out var before))
                    throw new SimulationFaultException($"job {changed.Row.Id} was changed but does not exist");
                if (changed.Row.Status.Attempt < before.Status.Attempt)
                    throw new SimulationFaultException(
                        $"the attempt of job {changed.Row.Id} decreased from {before.Status.Attempt} to "
                            + $"{changed.Row.Status.Attempt}"
                    );
                _jobs[changed.Row.Id] = changed.Row;
                break;
            case RowChange.JobEnded ended:
                var id = ended.Row.Job.Id;
                if (ended.OnlyStateChanged && _jobs.TryGetValue(id, out var live) && !ended.ChangesOnlyStateOf(live))
                    throw new SimulationFaultException($"the end of job {id} changes more than the state of its row");
                if (ended.WasStored != _jobs.Remove(id))
                    throw new SimulationFaultException(
                        $"job {id} ended, but its unfinished row "
                            + $"{(ended.WasStored ? "does not exist" : "exists unexpectedly")}"
                    );
                if (!_done.TryAdd(id, ended.Row))
                    throw new SimulationFaultException($"job {id} ended twice");
                break;
            case RowChange.JobDeleted { Job: var gone }:
                if (!_done.Remove(gone.Id, out var last) || last.CompletionNumber != gone.CompletionNumber)
                    throw new SimulationFaultException($"job {gone.Id} was deleted but is not an ended job");
                foreach (var key in gone.Keys)
                    if (!_keys.Remove(key))
                        throw new SimulationFaultException($"the key {key.Text} of job {gone.Id} does not exist");
                _results.Remove(gone.Id);
                _deleted.Add(gone.Id, _shard.Batch);
                break;
            case RowChange.JobRemoved removed:
                if (!_jobs.Remove(removed.Job, out var never) || never.Status.Attempt > 0)
                    throw new SimulationFaultException($"job {removed.Job} was removed but does not exist or has run");
                break;
            case RowChange.JobReadmitted readmitted:
                if (
                    !_done.Remove(readmitted.Job, out var done)
                    || done.CompletionNumber != readmitted.CompletionNumber
                    || done.Job.Status.State == JobState.Succeeded
                )
                    throw new SimulationFaultException(
                        $"job {readmitted.Job} was retried as completion {readmitted.CompletionNumber}, but did not "
                            + "end without success"
                    );
                _jobs.Add(readmitted.Job, done.Job);
                break;
            case RowChange.JobRequeued requeued:
                if (!_jobs.TryGetValue(requeued.Job, out var moved))
                    throw new SimulationFaultException($"job {requeued.Job} was requeued but does not exist");
                _jobs[requeued.Job] = moved with
                {
                    Spec = moved.Spec with { Queue = requeued.Queue, Priority = requeued.Priority },
                };
                break;
            case RowChange.SweepPut sweep:
                _sweeps[sweep.Row.Id] = sweep.Row;
                break;
            case RowChange.SweepRemoved sweep:
                if (!_sweeps.Remove(sweep.Sweep))
                    throw new SimulationFaultException($"sweep {sweep.Sweep} was removed but does not exist");
                break;
            case RowChange.PayloadAdded { Row.Kind: PayloadKind.Result } payload:
                if (!_results.TryAdd(payload.Row.Job, System.Text.Encoding.UTF8.GetString(payload.Row.Bytes.Span)))
                    throw new SimulationFaultException($"job {payload.Row.Job} has two results");
                break;
            case RowChange.KeyAdded key:
                if (!_keys.TryAdd(key.Row.Name, key.Row))
                    throw new SimulationFaultException(
                        $"the key {key.Row.Name.Text} was assigned to both job {_keys[key.Row.Name].Job} and "
                            + $"job {key.Row.Job}"
                    );
                break;
            case RowChange.WorkerPut worker:
                if (!_workers.TryAdd(worker.Row.Name, worker.Row))
                    throw new SimulationFaultException($"the name {worker.Row.Name} has two incarnations");
                break;
            case RowChange.WorkerRemoved worker:
                if (!_workers.Remove(worker.Name))
                    throw new SimulationFaultException($"worker {worker.Name} was removed but does not exist");
                break;
            case RowChange.MethodPut method:
                _methods[new MethodRef(method.Row.Name, method.Row.Version)] = method.Row;
                break;
            case RowChange.FeedPut feed:
                _feeds[feed.Row.Name] = feed.Row;
                break;
            case RowChange.FeedRemoved feed:
                if (!_feeds.Remove(feed.Feed) || _feedRanges.Keys.Any(range => range.Item1 == feed.Feed.Text))
                    throw new SimulationFaultException(
                        $"the feed {feed.Feed} was removed but is unknown or has ranges"
                    );
                break;
            case RowChange.FeedRangesRemoved feed:
                foreach (var range in _feedRanges.Keys.Where(range => range.Item1 == feed.Feed.Text).ToList())
                    _feedRanges.Remove(range);
                break;
            case RowChange.FeedRangePut range:
                _feedRanges[(range.Row.Feed.Text, range.Row.Range.From)] = range.Row;
                break;
            case RowChange.FeedRangeRemoved range:
                if (!_feedRanges.Remove((range.Feed.Text, range.From)))
                    throw new SimulationFaultException(
                        $"the range of {range.Feed} from {range.From} was removed but does not exist"
                    );
                break;
            case RowChange.DocumentPut document:
                _documents[(document.Row.Kind, document.Row.Id)] = document.Row;
                break;
            case RowChange.DocumentRemoved document:
                if (!_documents.Remove((document.Kind, document.Id)))
                    throw new SimulationFaultException(
                        $"the document {document.Kind}/{document.Id} was deleted but does not exist"
                    );
                break;
            case RowChange.CounterPut counter:
                _counters[(counter.Row.Queue, counter.Row.Method, counter.Row.State)] = counter.Row;
                break;
        }
    }
}

/// <summary>A violation of the guarantees; the message describes it.</summary>
internal sealed class SimulationFaultException(string message) : Exception(message);
