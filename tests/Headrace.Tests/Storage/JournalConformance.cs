using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Storage;

/// <summary>What every journal must do. Each implementation adds one sealed class that gives it a fresh store.</summary>
public abstract class JournalConformance : IAsyncLifetime
{
    private static readonly Owner Owner = new("here", 42);
    private IJournal _journal = null!;
    private Epoch _epoch;
    private long _batch;

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected abstract IJournal Create(TimeProvider time);

    /// <summary>The same store after its owner has gone.</summary>
    private protected abstract ValueTask<IJournal> ReopenAsync(IJournal journal);

    public async ValueTask InitializeAsync()
    {
        _journal = Create(new HurriedTime());
        _epoch = await _journal.OpenAsync(Owner, Stop);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _journal.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    // Open and epoch

    [Fact]
    public async Task A_new_store_has_an_identity_and_nothing_else()
    {
        Assert.Matches("^[0-9a-f]{32}$", _journal.Store.Id.Text);

        var row = Assert.Single(await LoadAsync());
        Assert.Equal(new ShardRow(0, 1, 1, default), row);
    }

    [Fact]
    public async Task Each_opening_raises_the_epoch_and_keeps_the_identity_R9()
    {
        var identity = _journal.Store.Id;

        _journal = await ReopenAsync(_journal);
        var next = await _journal.OpenAsync(Owner, Stop);

        Assert.Equal(_epoch.Value + 1, next.Value);
        Assert.Equal(identity, _journal.Store.Id);
    }

    // Load

    [Fact]
    public async Task What_is_unfinished_loads_in_one_pass_with_what_jobs_name_before_the_jobs()
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Waiting(9)),
            new RowChange.JobAdded(SampleRows.Waiting(2)),
            new RowChange.WorkerPut(SampleRows.Worker("w")),
            new RowChange.JobAdded(SampleRows.Job(5)),
            new RowChange.MethodPut(SampleRows.Method("noop", 1)),
            new RowChange.JobEnded(SampleRows.Done(7, 1), WasStored: false),
            new RowChange.PayloadAdded(SampleRows.Payload(5, PayloadKind.Input, "body")),
            new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 3)));

        Same(
            [
                new ShardRow(1, 1001, 101, new Instant(1)),
                SampleRows.Counter("eu", JobState.Ready, 3),
                SampleRows.Method("noop", 1),
                SampleRows.Worker("w"),
                SampleRows.Waiting(2),
                SampleRows.Job(5),
                SampleRows.Waiting(9),
            ],
            await LoadAsync());
    }

    [Fact]
    public async Task A_load_that_is_given_up_leaves_the_store_usable()
    {
        await DurableAsync([.. Enumerable.Range(1, 3000).Select(id => new RowChange.JobAdded(SampleRows.Waiting(id)))]);

        await foreach (var row in _journal.LoadAsync(Stop))
            if (row is JobRow { Id.Value: 1500 }) break;

        await DurableAsync(new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(1), 1), WasStored: true));
        Assert.Equal(1 + 2999, (await LoadAsync()).Count);
    }

    // Commit

    [Fact]
    public async Task A_changed_job_is_as_its_last_change_left_it()
    {
        await DurableAsync(new RowChange.JobAdded(SampleRows.Waiting(5)));
        var changed = SampleRows.Waiting(5) with { Now = SampleRows.Progress };

        await DurableAsync(new RowChange.JobChanged(changed));

        Same([changed], await ReadAsync(new RowKey.Live(new JobId(5))));
    }

    [Fact]
    public async Task Progress_is_the_brokers_own_and_is_not_stored()
    {
        await DurableAsync(new RowChange.JobAdded(SampleRows.Job(5) with { Progress = new Progress(0.5, "half") }));

        Same([SampleRows.Job(5)], await ReadAsync(new RowKey.Live(new JobId(5))));
    }

    [Fact]
    public async Task An_ended_job_is_not_live_any_more_whether_it_was_stored_or_not()
    {
        await DurableAsync(new RowChange.JobAdded(SampleRows.Job(5)));

        await DurableAsync(new RowChange.JobEnded(SampleRows.Done(5, 1), WasStored: true), new RowChange.JobEnded(SampleRows.Done(6, 2), WasStored: false));

        Same([SampleRows.Done(5, 1), SampleRows.Done(6, 2)], await ReadAsync(Everywhere(5, 6)));
    }

    public static TheoryData<string> Wrongs => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(Wrongs))]
    public async Task A_batch_with_one_wrong_row_is_refused_and_leaves_nothing(string wrong)
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Waiting(1)),
            new RowChange.JobEnded(SampleRows.Done(2, 1), WasStored: false),
            new RowChange.PayloadAdded(SampleRows.Payload(1, PayloadKind.Input, "body")),
            new RowChange.LogPut(SampleRows.Log(1, 1, "before")),
            new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 3)),
            new RowChange.AttemptAdded(SampleRows.Attempt(1, 1)));
        var before = await AllAsync(1, 2, 10);
        var batch = Batches.Seal(
            _batch + 1,
            new RowChange.JobAdded(SampleRows.Waiting(10)),
            new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(1), 2), WasStored: true),
            new RowChange.LogPut(SampleRows.Log(1, 1, "after")),
            new RowChange.WorkerPut(SampleRows.Worker("w")),
            new RowChange.WorkerGone(new WorkerName("w")),
            new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 4)),
            Wrong[wrong]);

        var refused = Assert.IsType<CommitResult.Refused>(await _journal.CommitAsync(batch, _epoch, Stop));

        Assert.Contains(Wrong[wrong].GetType().Name, refused.Why, StringComparison.Ordinal);
        Assert.Equal(before, await AllAsync(1, 2, 10));
        await DurableAsync(new RowChange.JobAdded(SampleRows.Waiting(10)));
    }

    [Fact]
    public async Task A_former_owner_is_fenced_and_writes_nothing()
    {
        var former = _epoch;
        _journal = await ReopenAsync(_journal);
        _epoch = await _journal.OpenAsync(Owner, Stop);

        var result = await _journal.CommitAsync(Batches.Seal(1, new RowChange.JobAdded(SampleRows.Job(1))), former, Stop);

        Assert.IsType<CommitResult.Fenced>(result);
        Assert.Single(await LoadAsync());
    }

    [Fact]
    public async Task The_same_batch_again_is_durable_and_changes_nothing_R5()
    {
        var batch = Batches.Seal(1, new RowChange.JobAdded(SampleRows.Job(1)));
        Assert.IsType<CommitResult.Durable>(await _journal.CommitAsync(batch, _epoch, Stop));
        var before = await AllAsync(1);

        Assert.IsType<CommitResult.Durable>(await _journal.CommitAsync(batch, _epoch, Stop));

        Assert.Equal(before, await AllAsync(1));
    }

    [Fact]
    public async Task An_attempt_that_was_lost_and_taken_back_ends_again_R11()
    {
        await DurableAsync(new RowChange.AttemptAdded(SampleRows.Attempt(1, 1) with { Kind = OutcomeKind.Lost, Error = null }));

        await DurableAsync(new RowChange.AttemptAdded(SampleRows.Attempt(1, 1)));

        Same([SampleRows.Attempt(1, 1)], await ReadAsync(new RowKey.Attempts(new JobId(1))));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    public async Task A_batch_out_of_turn_is_refused(long number)
    {
        await DurableAsync(new RowChange.JobAdded(SampleRows.Job(1)));

        var result = await _journal.CommitAsync(Batches.Seal(number, new RowChange.JobAdded(SampleRows.Job(2))), _epoch, Stop);

        Assert.Contains("does not follow batch 1", Assert.IsType<CommitResult.Refused>(result).Why, StringComparison.Ordinal);
        Assert.Empty(await ReadAsync(Everywhere(2)));
    }

    // Read

    [Fact]
    public async Task Rows_come_in_the_order_of_their_keys_and_absent_ones_are_absent()
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Job(1)),
            new RowChange.JobEnded(SampleRows.Done(2, 1), WasStored: false),
            new RowChange.AttemptAdded(SampleRows.Attempt(2, 3)),
            new RowChange.AttemptAdded(SampleRows.Attempt(2, 1)),
            new RowChange.LogPut(SampleRows.Log(2, 1, "first")),
            new RowChange.LogPut(SampleRows.Log(2, 1, "first and more")));

        var rows = await ReadAsync(
            new RowKey.Ended(new JobId(1)),
            new RowKey.Logs(new JobId(2)),
            new RowKey.Attempts(new JobId(2)),
            new RowKey.Payload(new JobId(2), PayloadKind.Result),
            new RowKey.Live(new JobId(1)),
            new RowKey.Ended(new JobId(2)));

        Same([SampleRows.Log(2, 1, "first and more"), SampleRows.Attempt(2, 1), SampleRows.Attempt(2, 3), SampleRows.Job(1), SampleRows.Done(2, 1)], rows);
    }

    [Fact]
    public async Task What_was_not_said_comes_back_as_not_said()
    {
        var bare = SampleRows.Succeeded(SampleRows.Waiting(1), 1);
        var attempt = SampleRows.Attempt(1, 1) with { Error = null };
        await DurableAsync(new RowChange.JobEnded(bare, WasStored: false), new RowChange.AttemptAdded(attempt));

        Same([bare, attempt], await ReadAsync(new RowKey.Ended(new JobId(1)), new RowKey.Attempts(new JobId(1))));
        Assert.Equal(Instant.Never, bare.Job.Spec.Deadline);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b\u001b[31m\r\n")]
    [InlineData("'; DROP TABLE job; --")]
    [InlineData("žluťoučký 🐎 \uFFFE")]
    public async Task Text_from_callers_comes_back_as_it_was_R5(string text)
    {
        var error = new JobError(text, text, text);
        var done = SampleRows.Done(1, 1) with
        {
            Job = SampleRows.Job(1) with { Spec = SampleRows.Spec with { Owner = text, ContentType = text } },
            Error = error,
            ResultType = text,
        };
        var payload = new PayloadRow(new JobId(1), PayloadKind.Result, text, new byte[1]);
        await DurableAsync(new RowChange.JobEnded(done, WasStored: false), new RowChange.PayloadAdded(payload));

        Same([done, payload], await ReadAsync(new RowKey.Ended(new JobId(1)), new RowKey.Payload(new JobId(1), PayloadKind.Result)));
    }

    [Fact]
    public async Task Text_that_is_no_Unicode_is_not_refused_R5()
    {
        var done = SampleRows.Done(1, 1) with { Error = new JobError("half a pair: \uD800", new string('\uDC00', 5_000)) };

        await DurableAsync(new RowChange.JobEnded(done, WasStored: false));

        Assert.StartsWith("half a pair", Assert.IsType<DoneRow>(Assert.Single(await ReadAsync(Everywhere(1)))).Error!.Type, StringComparison.Ordinal);
    }

    // Query

    [Fact]
    public async Task Pages_show_live_and_ended_jobs_newest_first_each_once()
    {
        await DurableAsync([.. Enumerable.Range(1, 25).Select(id => id % 3 == 0
            ? (RowChange)new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(id), 100 - id), WasStored: false)
            : new RowChange.JobAdded(SampleRows.Waiting(id)))]);

        var pages = await WalkAsync(JobFilter.Everything, JobOrder.Newest, limit: 10);

        Assert.Equal([10, 10, 5], pages.Select(p => p.Count));
        Assert.Equal(Enumerable.Range(1, 25).Reverse().Select(id => (long)id), pages.SelectMany(p => p).Select(Id));
    }

    [Fact]
    public async Task The_latest_ended_come_in_the_order_of_their_ends()
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Waiting(9)),
            new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(3, "a"), 1), WasStored: false),
            new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(1, "b"), 2), WasStored: false),
            new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(2, "a"), 3), WasStored: false));

        Assert.Equal([2L, 1L, 3L], await FindAsync(JobFilter.Everything, JobOrder.LatestEnded));
        Assert.Equal([2L, 3L], await FindAsync(new JobFilter { Queue = new QueueName("a") }, JobOrder.LatestEnded));
    }

    [Fact]
    public async Task Each_part_of_a_filter_holds()
    {
        var failed = SampleRows.Done(4, 1);
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Waiting(1, "a", "m")),
            new RowChange.JobAdded(SampleRows.Waiting(2, "b", "m", JobState.Scheduled)),
            new RowChange.JobAdded(SampleRows.Job(3)),
            new RowChange.JobEnded(failed, WasStored: false),
            new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(5, "a", "n"), 2), WasStored: false));

        Assert.Equal([5L, 4L, 3L, 2L, 1L], await FindAsync(JobFilter.Everything));
        Assert.Equal([1L], await FindAsync(new JobFilter { State = JobState.Ready }));
        Assert.Equal([4L], await FindAsync(new JobFilter { State = JobState.Failed }));
        Assert.Equal([4L], await FindAsync(new JobFilter { Reason = FailReason.Lost }));
        Assert.Empty(await FindAsync(new JobFilter { Reason = FailReason.Poison }));
        Assert.Equal([5L, 1L], await FindAsync(new JobFilter { Queue = new QueueName("a") }));
        Assert.Equal([2L, 1L], await FindAsync(new JobFilter { Method = new MethodName("m") }));
        Assert.Equal([4L, 3L], await FindAsync(new JobFilter { Worker = SampleRows.Holder.Worker }));
        Assert.Equal([4L, 3L], await FindAsync(new JobFilter { Owner = SampleRows.Spec.Owner }));
        Assert.Equal([5L, 4L], await FindAsync(new JobFilter { EndedOnly = true }));
        Assert.Equal([5L], await FindAsync(new JobFilter { Queue = new QueueName("a"), State = JobState.Succeeded, Method = new MethodName("n") }));
        Assert.Empty(await FindAsync(new JobFilter { State = JobState.Ready }, JobOrder.LatestEnded));
    }

    [Fact]
    public async Task A_search_ends_with_its_time_says_so_and_goes_on_from_there()
    {
        await DurableAsync([.. Enumerable.Range(1, 1000).Select(id => new RowChange.JobAdded(SampleRows.Waiting(id, id <= 2 ? "rare" : "often")))]);
        var filter = new JobFilter { Queue = new QueueName("rare") };

        var first = await _journal.QueryAsync(filter, JobOrder.Newest, Cursor.Start, 10, HurriedTime.Look * 3, Stop);
        var found = new List<long>();
        var rounds = 0;
        for (Cursor? at = first.Next; at is { } next; rounds++)
        {
            Assert.InRange(rounds, 0, 20);
            var page = await _journal.QueryAsync(filter, JobOrder.Newest, next, 10, HurriedTime.Look * 3, Stop);
            found.AddRange(page.Rows.Select(Id));
            at = page.Next;
        }

        Assert.False(first.Complete);
        Assert.Empty(first.Rows);
        Assert.InRange(first.Next!.Value.Key, 500, 990);
        Assert.InRange(rounds, 2, 20);
        Assert.Equal([2L, 1L], found);
    }

    // Payloads

    [Theory]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(Limits.InlineBytes)]
    public async Task A_payload_comes_back_byte_for_byte(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        var given = bytes.ToArray();

        await DurableAsync(
            new RowChange.PayloadAdded(new PayloadRow(new JobId(1), PayloadKind.Input, null, given)),
            new RowChange.PayloadAdded(new PayloadRow(new JobId(1), PayloadKind.Result, "image/png", default)));
        // The journal has its own copy: the buffer is its owner's again after the commit.
        Array.Clear(given);

        Same(
            [new PayloadRow(new JobId(1), PayloadKind.Input, null, bytes), new PayloadRow(new JobId(1), PayloadKind.Result, "image/png", default)],
            await ReadAsync(new RowKey.Payload(new JobId(1), PayloadKind.Input), new RowKey.Payload(new JobId(1), PayloadKind.Result)));
    }

    [Fact]
    public async Task Jobs_of_every_shard_have_payloads_of_their_own()
    {
        long[] jobs = [1, JobId.Of(1, 1).Value, JobId.Of(0x3FFF, 1).Value, JobId.Of(0x7FFF, (1L << 48) - 1).Value];

        await DurableAsync([.. jobs.SelectMany(id => new[] { PayloadKind.Input, PayloadKind.Result }.Select(kind => new RowChange.PayloadAdded(SampleRows.Payload(id, kind, $"{id} {kind}"))))]);

        foreach (var id in jobs)
            Same([SampleRows.Payload(id, PayloadKind.Result, $"{id} Result")], await ReadAsync(new RowKey.Payload(new JobId(id), PayloadKind.Result)));
    }

    // Counters, workers, methods

    [Fact]
    public async Task The_last_word_on_a_counter_a_worker_and_a_method_stays_R18()
    {
        await DurableAsync(new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 3)), new RowChange.WorkerPut(SampleRows.Worker("a")), new RowChange.WorkerPut(SampleRows.Worker("b")));

        var successor = SampleRows.Worker("b") with { Incarnation = new Incarnation(1) };
        await DurableAsync(
            new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 0)),
            new RowChange.WorkerGone(new WorkerName("a")),
            new RowChange.WorkerGone(new WorkerName("never-was")),
            new RowChange.WorkerGone(new WorkerName("b")),
            new RowChange.WorkerPut(successor),
            new RowChange.MethodPut(SampleRows.Method("noop", 1)),
            new RowChange.MethodPut(SampleRows.Method("noop", 2)));

        Same([SampleRows.Counter("eu", JobState.Ready, 0), SampleRows.Method("noop", 1), SampleRows.Method("noop", 2), successor], (await LoadAsync()).Skip(1));
    }

    // Reopen

    [Fact]
    public async Task What_was_durable_is_there_for_the_next_owner()
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Job(1)),
            new RowChange.JobEnded(SampleRows.Done(2, 1), WasStored: false),
            new RowChange.PayloadAdded(SampleRows.Payload(1, PayloadKind.Input, "body")),
            new RowChange.AttemptAdded(SampleRows.Attempt(2, 1)),
            new RowChange.LogPut(SampleRows.Log(2, 1, "line")));
        var before = await AllAsync(1, 2);

        _journal = await ReopenAsync(_journal);
        _epoch = await _journal.OpenAsync(Owner, Stop);

        Assert.Equal(before, await AllAsync(1, 2));
        await DurableAsync(new RowChange.JobAdded(SampleRows.Job(3)));
    }

    private static Dictionary<string, RowChange> Wrong { get; } = new()
    {
        ["a second row of a live job"] = new RowChange.JobAdded(SampleRows.Waiting(10)),
        ["a change of a job that is not there"] = new RowChange.JobChanged(SampleRows.Waiting(77)),
        ["the end of a job that is not there"] = new RowChange.JobEnded(SampleRows.Done(77, 9), WasStored: true),
        ["a second end of a job"] = new RowChange.JobEnded(SampleRows.Done(2, 9), WasStored: false),
        ["a second end under one number"] = new RowChange.JobEnded(SampleRows.Done(78, 1), WasStored: false),
        ["a second body"] = new RowChange.PayloadAdded(SampleRows.Payload(1, PayloadKind.Input, "other")),
    };

    private async Task DurableAsync(params RowChange[] changes) =>
        Assert.IsType<CommitResult.Durable>(await _journal.CommitAsync(Batches.Seal(++_batch, changes), _epoch, Stop));

    private Task<List<StoredRow>> LoadAsync() => LoadedRows.OfAsync(_journal);

    private Task<IReadOnlyList<StoredRow>> ReadAsync(params RowKey[] keys) => _journal.ReadAsync(keys, Stop);

    /// <summary>All that the store shows: what loads, what is read of these jobs, what is found.</summary>
    private async Task<IReadOnlyList<string>> AllAsync(params long[] jobs)
    {
        var page = await _journal.QueryAsync(JobFilter.Everything, JobOrder.Newest, Cursor.Start, 1000, TimeSpan.MaxValue, Stop);
        return Shown.All([.. await LoadAsync(), .. await ReadAsync(Everywhere(jobs)), .. page.Rows]);
    }

    private async Task<List<IReadOnlyList<StoredRow>>> WalkAsync(JobFilter filter, JobOrder order, int limit)
    {
        var pages = new List<IReadOnlyList<StoredRow>>();
        for (Cursor? at = Cursor.Start; at is { } next;)
        {
            var page = await _journal.QueryAsync(filter, order, next, limit, TimeSpan.MaxValue, Stop);
            Assert.True(page.Complete);
            pages.Add(page.Rows);
            at = page.Next;
        }
        return pages;
    }

    private async Task<IEnumerable<long>> FindAsync(JobFilter filter, JobOrder order = JobOrder.Newest) => (await WalkAsync(filter, order, 2)).SelectMany(p => p).Select(Id);

    private static RowKey[] Everywhere(params long[] jobs) =>
    [
        .. jobs.Select(id => new JobId(id)).SelectMany(id => new RowKey[]
        {
            new RowKey.Live(id), new RowKey.Ended(id), new RowKey.Payload(id, PayloadKind.Input), new RowKey.Payload(id, PayloadKind.Result), new RowKey.Attempts(id), new RowKey.Logs(id),
        }),
    ];

    private static long Id(StoredRow row) => row is DoneRow done ? done.Job.Id.Value : ((JobRow)row).Id.Value;

    private static void Same(IEnumerable<StoredRow> expected, IEnumerable<StoredRow> actual) => Assert.Equal(Shown.All(expected), Shown.All(actual));
}
