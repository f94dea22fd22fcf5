using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Core.Results;
using Headrace.Core.Retention;
using Headrace.Core.Sweeps;

namespace Headrace.Storage.Memory;

/// <summary>The rows of a <see cref="MemoryJobStore"/> by key. A batch is applied completely or rolled back.</summary>
internal sealed class MemoryTables
{
    private readonly SortedDictionary<JobId, JobRow> _jobs = [];
    private readonly Dictionary<JobId, DoneRow> _done = [];
    private readonly Dictionary<long, JobId> _byCompletionNumber = [];
    private readonly Dictionary<(JobId, PayloadKind), PayloadRow> _payloads = [];
    private readonly Dictionary<JobId, SortedDictionary<int, AttemptRow>> _attempts = [];
    private readonly Dictionary<JobId, SortedDictionary<int, LogRow>> _logs = [];
    private readonly Dictionary<WorkerName, WorkerRow> _workers = [];
    private readonly Dictionary<(MethodName, int), MethodRow> _methods = [];
    private readonly Dictionary<KeyName, KeyRow> _keys = [];
    private readonly Dictionary<JobId, KeyName> _keyOfJob = [];
    private readonly Dictionary<(QueueName, MethodName, JobState), CounterRow> _counters = [];

    private readonly Dictionary<FeedName, FeedRow> _feeds = [];
    private readonly Dictionary<(FeedName, long), FeedRangeRow> _feedRanges = [];
    private readonly SortedDictionary<long, SweepRow> _sweeps = [];
    private readonly Dictionary<(string Kind, string Id), RegistryDocument> _documents = [];
    private readonly Dictionary<string, SortedDictionary<string, RegistryRecord>> _records = [];

    /// <summary>
    /// Actions that undo the changes of the current batch, with the action for the last change on top.
    /// </summary>
    private readonly Stack<Action> _undo = [];

    public ShardRow Shard { get; private set; } = new(Batch: 0, NextJob: 1, NextCompletion: 1, default);

    /// <summary>The ids of all jobs, unfinished and ended; used for searches by id.</summary>
    public SortedSet<long> Ids { get; } = [];

    /// <summary>The completion numbers of all ended jobs; used for searches by completion number.</summary>
    public SortedSet<long> CompletionNumbers { get; } = [];

    /// <summary>Returns the jobs with this idempotency key, in all queues and for all owners.</summary>
    public HashSet<JobId> JobsOfKey(string text) =>
        [.. _keys.Values.Where(row => row.Name.Text == text).Select(row => row.Job)];

    public JobRow? Live(JobId id) => _jobs.GetValueOrDefault(id);

    public DoneRow? Ended(JobId id) => _done.GetValueOrDefault(id);

    public DoneRow ByCompletionNumber(long completionNumber) => _done[_byCompletionNumber[completionNumber]];

    /// <summary>
    /// All rows except those of ended jobs, in the order required by <see cref="IJobStore.LoadAsync"/>.
    /// </summary>
    public IEnumerable<StoredRow> Unfinished() =>
        [
            Shard,
            .. _counters
                .Values.OrderBy(c => c.Queue.Text, StringComparer.Ordinal)
                .ThenBy(c => c.Method.Text, StringComparer.Ordinal)
                .ThenBy(c => c.State),
            .. _methods.Values.OrderBy(m => m.Name.Text, StringComparer.Ordinal).ThenBy(m => m.Version),
            .. _workers.Values.OrderBy(w => w.Name.Text, StringComparer.Ordinal),
            .. _feeds.Values.OrderBy(f => f.Name.Text, StringComparer.Ordinal),
            .. _feedRanges.Values.OrderBy(r => r.Feed.Text, StringComparer.Ordinal).ThenBy(r => r.Range.From),
            .. _documents.Values.OrderBy(d => d.Kind, StringComparer.Ordinal).ThenBy(d => d.Id, StringComparer.Ordinal),
            .. _sweeps.Values,
            .. _jobs.Values,
        ];

    public IEnumerable<StoredRow> Read(RowKey key) =>
        key switch
        {
            RowKey.Live live => RowOrEmpty(_jobs.GetValueOrDefault(live.Job)),
            RowKey.Ended ended => RowOrEmpty(_done.GetValueOrDefault(ended.Job)),
            RowKey.Payload payload => RowOrEmpty(_payloads.GetValueOrDefault((payload.Job, payload.Kind))),
            RowKey.Key named => RowOrEmpty(_keys.GetValueOrDefault(named.Name)),
            RowKey.Completions completions => [CompletionScan.Read(completions, gap => Completions(completions, gap))],
            RowKey.History history => [HistoryScan.Read(history, History(history))],
            RowKey.EndedJob ended => RowOrEmpty(
                _done.GetValueOrDefault(ended.Job) is { } done ? EndedJobOf(done) : null
            ),
            RowKey.Attempts attempts => _attempts.TryGetValue(attempts.Job, out var rows) ? rows.Values : [],
            RowKey.Logs logs => _logs.TryGetValue(logs.Job, out var rows) ? rows.Values : [],
            RowKey.SweepPage page =>
            [
                SweepPageRow.Of(
                    page.Sweep,
                    new MemorySearch(this, page.Filter, JobOrder.Newest, TimeProvider.System).Find(
                        new Cursor(page.Sweep.Cursor),
                        page.MaxJobs,
                        TimeSpan.MaxValue,
                        RowKey.SweepPage.MaxExamined
                    ),
                    job => EndedJobOf(_done[job])
                ),
            ],
            RowKey.Record record => RowOrEmpty(RecordsOf(record.Kind).GetValueOrDefault(record.Id)),
            RowKey.Records records => [RecordScan.Read(records, Records(records))],
            _ => throw new InvalidOperationException($"Unsupported row key {key.GetType().Name}."),
        };

    private IEnumerable<Completion> Completions(RowKey.Completions asked, CompletionRange gap)
    {
        var inside = CompletionNumbers.GetViewBetween(gap.From, gap.To);
        return (asked.OldestFirst ? inside : inside.Reverse())
            .Select(ByCompletionNumber)
            .Where(done => done.Job.Spec.Queue == asked.Queue)
            .Select(done => new Completion(done.CompletionNumber, done.Job.Id, done.Job.Status.State));
    }

    private IEnumerable<EndedJob> History(RowKey.History asked) =>
        asked.After == long.MaxValue
            ? []
            : CompletionNumbers
                .GetViewBetween(asked.After + 1, long.MaxValue)
                .Select(ByCompletionNumber)
                .Where(done => done.Job.Spec.Queue == asked.Queue)
                .Select(EndedJobOf);

    private EndedJob EndedJobOf(DoneRow done) =>
        new(done.Job.Id, done.CompletionNumber, done.Job.Spec.Queue, done.Job.Spec.Method, done.Job.Status.State)
        {
            Owner = done.Job.Spec.Owner,
            Ended = done.Ended,
            InputBytes = done.Job.Spec.InputBytes,
            ResultBytes = done.ResultBytes,
            Tags = done.Job.Spec.Tags,
            Keys = _keyOfJob.TryGetValue(done.Job.Id, out var key) ? [key] : [],
        };

    private IEnumerable<RegistryRecord> Records(RowKey.Records asked)
    {
        var start = RecordScan.Start(asked);
        var records = RecordsOf(asked.Kind).Values;
        return asked.Order == RecordOrder.OldestFirst
            ? records.SkipWhile(record => string.CompareOrdinal(record.Id, start) <= 0)
            : records.Reverse().SkipWhile(record => string.CompareOrdinal(record.Id, start) >= 0);
    }

    private SortedDictionary<string, RegistryRecord> RecordsOf(string kind)
    {
        if (!_records.TryGetValue(kind, out var records))
            _records.Add(kind, records = new SortedDictionary<string, RegistryRecord>(StringComparer.Ordinal));
        return records;
    }

    /// <summary>
    /// Applies all changes and the new shard row. If a change conflicts with the stored rows, undoes everything and
    /// returns a description of the conflict.
    /// </summary>
    public string? Apply(IReadOnlyList<RowChange> changes, ShardRow shard)
    {
        _undo.Clear();
        foreach (var change in changes)
        {
            if (TryApply(change))
                continue;
            while (_undo.TryPop(out var back))
                back();
            return $"{change.GetType().Name} adds a row that already exists or changes a row that does not exist.";
        }
        Shard = shard;
        return null;
    }

    private bool TryApply(RowChange change) =>
        change switch
        {
            RowChange.JobAdded added => Add(added.Row),
            RowChange.JobChanged changed => _jobs.ContainsKey(changed.Row.Id)
                && Put(_jobs, changed.Row.Id, ToStored(changed.Row)),
            RowChange.JobEnded ended => End(ended),
            RowChange.JobRemoved removed => RemoveJob(removed.Job),
            RowChange.JobReadmitted readmitted => Readmit(readmitted.Job, readmitted.CompletionNumber),
            RowChange.JobRequeued requeued => Requeue(requeued),
            RowChange.SweepPut sweep => Put(_sweeps, sweep.Row.Id, sweep.Row),
            RowChange.SweepRemoved sweep => Remove(_sweeps, sweep.Sweep),
            RowChange.PayloadAdded payload => Add(
                _payloads,
                (payload.Row.Job, payload.Row.Kind),
                payload.Row with
                {
                    Bytes = payload.Row.Bytes.ToArray(),
                }
            ),
            RowChange.AttemptAdded attempt => Put(
                GetOrAdd(_attempts, attempt.Row.Lease.Job),
                attempt.Row.Lease.Attempt,
                attempt.Row
            ),
            RowChange.LogPut log => Put(
                GetOrAdd(_logs, log.Row.Lease.Job),
                log.Row.Lease.Attempt,
                log.Row with
                {
                    Lines = log.Row.Lines.ToArray(),
                }
            ),
            RowChange.WorkerPut worker => Put(_workers, worker.Row.Name, worker.Row),
            RowChange.WorkerRemoved worker => Remove(_workers, worker.Name) || true,
            RowChange.MethodPut method => Put(_methods, (method.Row.Name, method.Row.Version), method.Row),
            RowChange.JobDeleted deleted => Delete(deleted.Job),
            RowChange.KeyAdded key => Add(_keys, key.Row.Name, key.Row) && Put(_keyOfJob, key.Row.Job, key.Row.Name),
            RowChange.FeedPut feed => Put(_feeds, feed.Row.Name, feed.Row),
            RowChange.FeedRemoved feed => Remove(_feeds, feed.Feed),
            RowChange.FeedRangesRemoved feed => RemoveRanges(feed.Feed),
            RowChange.FeedRangePut range => Put(_feedRanges, (range.Row.Feed, range.Row.Range.From), range.Row),
            RowChange.FeedRangeRemoved range => Remove(_feedRanges, (range.Feed, range.From)),
            RowChange.CounterPut counter => Put(
                _counters,
                (counter.Row.Queue, counter.Row.Method, counter.Row.State),
                counter.Row
            ),
            RowChange.DocumentPut document => Put(
                _documents,
                (document.Row.Kind, document.Row.Id),
                document.Row with
                {
                    Json = document.Row.Json.ToArray(),
                }
            ),
            RowChange.DocumentRemoved document => Remove(_documents, (document.Kind, document.Id)),
            RowChange.RecordPut record => Put(
                RecordsOf(record.Row.Kind),
                record.Row.Id,
                record.Row with
                {
                    Json = record.Row.Json.ToArray(),
                }
            ),
            RowChange.RecordRemoved record => Remove(RecordsOf(record.Kind), record.Id) || true,
            _ => throw new InvalidOperationException($"Unsupported row change {change.GetType().Name}."),
        };

    private bool Add(JobRow row)
    {
        AddToIndex(Ids, row.Id.Value);
        return Add(_jobs, row.Id, ToStored(row));
    }

    private bool End(RowChange.JobEnded change)
    {
        var (row, wasStored) = change;
        var id = row.Job.Id;
        if (change.OnlyStateChanged && Live(id) is { } stored && !change.ChangesOnlyStateOf(stored))
            return false;
        AddToIndex(Ids, id.Value);
        AddToIndex(CompletionNumbers, row.CompletionNumber);
        return (!wasStored || Remove(_jobs, id))
            && Add(_done, id, row with { Job = ToStored(row.Job) })
            && Add(_byCompletionNumber, row.CompletionNumber, id);
    }

    private bool Delete(EndedJob job)
    {
        if (_done.GetValueOrDefault(job.Id)?.CompletionNumber != job.CompletionNumber)
            return false;
        RemoveFromIndex(Ids, job.Id.Value);
        RemoveFromIndex(CompletionNumbers, job.CompletionNumber);
        Remove(_done, job.Id);
        Remove(_byCompletionNumber, job.CompletionNumber);
        Remove(_payloads, (job.Id, PayloadKind.Input));
        Remove(_payloads, (job.Id, PayloadKind.Result));
        Remove(_attempts, job.Id);
        Remove(_logs, job.Id);
        Remove(_keyOfJob, job.Id);
        return job.Keys.All(key => Remove(_keys, key));
    }

    private bool RemoveJob(JobId job)
    {
        RemoveFromIndex(Ids, job.Value);
        Remove(_payloads, (job, PayloadKind.Input));
        return Remove(_jobs, job);
    }

    private bool RemoveRanges(FeedName feed)
    {
        foreach (var key in _feedRanges.Keys.Where(key => key.Item1 == feed).ToList())
            Remove(_feedRanges, key);
        return true;
    }

    private bool Requeue(RowChange.JobRequeued change) =>
        _jobs.TryGetValue(change.Job, out var row)
        && Put(_jobs, row.Id, row with { Spec = row.Spec with { Queue = change.Queue, Priority = change.Priority } });

    private bool Readmit(JobId id, long completionNumber)
    {
        if (!_done.TryGetValue(id, out var row) || row.CompletionNumber != completionNumber)
            return false;
        CompletionNumbers.Remove(completionNumber);
        _undo.Push(() => CompletionNumbers.Add(completionNumber));
        return Remove(_done, id) && Remove(_byCompletionNumber, completionNumber) && Add(_jobs, id, row.Job);
    }

    private bool Add<TKey, TRow>(IDictionary<TKey, TRow> table, TKey key, TRow row)
    {
        if (!table.TryAdd(key, row))
            return false;
        _undo.Push(() => table.Remove(key));
        return true;
    }

    private bool Put<TKey, TRow>(IDictionary<TKey, TRow> table, TKey key, TRow row)
    {
        Remove(table, key);
        return Add(table, key, row);
    }

    private bool Remove<TKey, TRow>(IDictionary<TKey, TRow> table, TKey key)
    {
        if (!table.TryGetValue(key, out var old))
            return false;
        table.Remove(key);
        _undo.Push(() => table.Add(key, old));
        return true;
    }

    private void AddToIndex(SortedSet<long> order, long key)
    {
        if (order.Add(key))
            _undo.Push(() => order.Remove(key));
    }

    private void RemoveFromIndex(SortedSet<long> order, long key)
    {
        if (order.Remove(key))
            _undo.Push(() => order.Add(key));
    }

    private static SortedDictionary<int, TRow> GetOrAdd<TRow>(
        Dictionary<JobId, SortedDictionary<int, TRow>> table,
        JobId job
    )
    {
        if (!table.TryGetValue(job, out var rows))
            table.Add(job, rows = []);
        return rows;
    }

    private static IEnumerable<StoredRow> RowOrEmpty(StoredRow? row) => row is null ? [] : [row];

    /// <summary>
    /// Removes the progress and the start, which exist only in the broker's memory. A persistent store would not
    /// contain them after a restart.
    /// </summary>
    private static JobRow ToStored(JobRow row) =>
        row is { Progress: null, Started: null } ? row : row with { Progress = null, Started = null };
}
