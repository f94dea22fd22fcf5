using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Xunit;

namespace Headrace.Tests.Storage;

/// <summary>
/// The contract that every job store must satisfy for reading rows by key, payloads, and pages of search results. Each
/// implementation adds one sealed class.
/// </summary>
public abstract class JobStoreReadConformance : JobStoreSuite
{
    // Read

    [Fact]
    public async Task Rows_are_returned_in_the_order_of_their_keys_and_missing_ones_are_reported()
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Job(1)),
            new RowChange.JobEnded(SampleRows.Done(2, 1), WasStored: false),
            new RowChange.AttemptAdded(SampleRows.Attempt(2, 3)),
            new RowChange.AttemptAdded(SampleRows.Attempt(2, 1)),
            new RowChange.LogPut(SampleRows.Log(2, 1, "first")),
            new RowChange.LogPut(SampleRows.Log(2, 1, "first and more"))
        );

        var rows = await ReadAsync(
            new RowKey.Ended(new JobId(1)),
            new RowKey.Logs(new JobId(2)),
            new RowKey.Attempts(new JobId(2)),
            new RowKey.Payload(new JobId(2), PayloadKind.Result),
            new RowKey.Live(new JobId(1)),
            new RowKey.Ended(new JobId(2))
        );

        AssertEqual(
            [
                SampleRows.Log(2, 1, "first and more"),
                SampleRows.Attempt(2, 1),
                SampleRows.Attempt(2, 3),
                SampleRows.Job(1),
                SampleRows.Done(2, 1),
            ],
            rows
        );
    }

    [Fact]
    public async Task Unset_values_are_read_back_as_unset()
    {
        var bare = SampleRows.Succeeded(SampleRows.Waiting(1), 1);
        var attempt = SampleRows.Attempt(1, 1) with { Error = null };
        await DurableAsync(new RowChange.JobEnded(bare, WasStored: false), new RowChange.AttemptAdded(attempt));

        AssertEqual(
            [bare, attempt],
            await ReadAsync(new RowKey.Ended(new JobId(1)), new RowKey.Attempts(new JobId(1)))
        );
        Assert.Equal(Instant.Never, bare.Job.Spec.Deadline);
    }

    [Fact]
    public async Task Params_that_are_stored_with_the_body_are_loaded_as_their_length_only_R15()
    {
        var spec = SampleRows.Spec with { Params = [], PayloadParamsBytes = 3_000 };
        var live = SampleRows.Job(1) with { Spec = spec };
        var done = SampleRows.Done(2, 1);
        var ended = done with { Job = done.Job with { Spec = spec } };
        var payload = new PayloadRow(new JobId(1), PayloadKind.Input, spec.ContentType, new byte[3_011]);
        await DurableAsync(
            new RowChange.JobAdded(live),
            new RowChange.JobAdded(ended.Job),
            new RowChange.JobEnded(ended, WasStored: true),
            new RowChange.PayloadAdded(payload)
        );

        AssertEqual(
            [live, ended, payload],
            await ReadAsync(
                new RowKey.Live(new JobId(1)),
                new RowKey.Ended(new JobId(2)),
                new RowKey.Payload(new JobId(1), PayloadKind.Input)
            )
        );
        AssertEqual([live], (await LoadAsync()).OfType<JobRow>());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b\u001b[31m\r\n")]
    [InlineData("'; DROP TABLE job; --")]
    [InlineData("žluťoučký 🐎 \uFFFE")]
    public async Task Text_from_callers_is_read_back_unchanged_R5(string text)
    {
        var error = new JobError(text, text, text);
        var done = SampleRows.Done(1, 1) with
        {
            Job = SampleRows.Done(1, 1).Job with { Spec = SampleRows.Spec with { Owner = text, ContentType = text } },
            Error = error,
            ResultType = text,
        };
        var payload = new PayloadRow(new JobId(1), PayloadKind.Result, text, new byte[1]);
        await DurableAsync(new RowChange.JobEnded(done, WasStored: false), new RowChange.PayloadAdded(payload));

        AssertEqual(
            [done, payload],
            await ReadAsync(new RowKey.Ended(new JobId(1)), new RowKey.Payload(new JobId(1), PayloadKind.Result))
        );
    }

    [Fact]
    public async Task Text_that_is_not_valid_Unicode_is_accepted_R5()
    {
        var done = SampleRows.Done(1, 1) with
        {
            Error = new JobError("half a pair: \uD800", new string('\uDC00', 5_000)),
        };

        await DurableAsync(new RowChange.JobEnded(done, WasStored: false));

        Assert.StartsWith(
            "half a pair",
            Assert.IsType<DoneRow>(Assert.Single(await ReadAsync(AllKeys(1)))).Error!.Type,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_key_is_found_by_owner_queue_and_text_and_no_other_R17()
    {
        var row = SampleRows.Key("order-7", int.MaxValue, 3) with { Hash = UInt128.MaxValue - 5 };
        await DurableAsync(new RowChange.KeyAdded(row));

        AssertEqual([row], await ReadAsync(new RowKey.Key(row.Name)));
        Assert.Empty(
            await ReadAsync(
                new RowKey.Key(row.Name with { Text = "order-8" }),
                new RowKey.Key(row.Name with { Owner = "other" }),
                new RowKey.Key(row.Name with { Queue = QueueName.Default })
            )
        );
    }

    // Completions

    [Fact]
    public async Task Completions_are_the_successful_jobs_of_the_queue_within_the_gaps_in_the_requested_order_R16()
    {
        await EndAsync(20, finish => (finish % 5 == 0 ? "other" : "eu", Succeeds: finish % 3 != 0));
        CompletionRange[] gaps = [new(14, 20), new(2, 7)];

        var latest = await EndsAsync(new RowKey.Completions(new QueueName("eu"), gaps, MaxCount: 100));
        var oldest = await EndsAsync(
            new RowKey.Completions(new QueueName("eu"), gaps, MaxCount: 100) { OldestFirst = true }
        );

        Assert.Equal([19, 17, 16, 14, 7, 4, 2], latest.Completions.Select(end => end.CompletionNumber));
        Assert.Equal([14, 16, 17, 19, 2, 4, 7], oldest.Completions.Select(end => end.CompletionNumber));
        Assert.All(latest.Completions, end => Assert.Equal(100 + end.CompletionNumber, end.Job.Value));
        Assert.Equal(gaps, latest.ScannedRanges);
        Assert.Equal(gaps, oldest.ScannedRanges);
    }

    [Theory]
    [InlineData("failed", 6, 3)]
    [InlineData("all", 7, 6, 4, 3, 2)]
    public async Task Completions_have_the_requested_states_R16(string name, params int[] expected)
    {
        Assert.True(FeedStatesNames.TryParse(name, out var states));
        await EndAsync(8, finish => (finish % 5 == 0 ? "other" : "eu", Succeeds: finish % 3 != 0));

        var read = await EndsAsync(
            new RowKey.Completions(new QueueName("eu"), [new(2, 7)], MaxCount: 100) { States = states }
        );

        Assert.Equal(expected, read.Completions.Select(end => (int)end.CompletionNumber));
        Assert.All(
            read.Completions,
            end => Assert.Equal(end.CompletionNumber % 3 != 0, end.State == JobState.Succeeded)
        );
    }

    [Fact]
    public async Task A_scan_for_completions_reports_the_scanned_range_R16()
    {
        await EndAsync(20, _ => ("eu", Succeeds: true));
        CompletionRange[] gaps = [new(14, 20), new(2, 7)];

        var latest = await EndsAsync(new RowKey.Completions(new QueueName("eu"), gaps, MaxCount: 9));
        var oldest = await EndsAsync(
            new RowKey.Completions(new QueueName("eu"), gaps, MaxCount: 9) { OldestFirst = true }
        );

        Assert.Equal([gaps[0], new(6, 7)], latest.ScannedRanges);
        Assert.Equal([gaps[0], new(2, 3)], oldest.ScannedRanges);
    }

    [Fact]
    public async Task A_scan_over_many_failed_jobs_stops_at_its_limit_and_continues_from_there_R16()
    {
        const int Failed = RowKey.Completions.MaxScannedRows + 500;
        for (var from = 1; from <= Failed; from += 2_000)
            await EndAsync(Math.Min(2_000, Failed - from + 1), _ => ("eu", Succeeds: false), from);

        var first = await EndsAsync(new RowKey.Completions(new QueueName("eu"), [new(1, Failed)], MaxCount: 5));
        var second = await EndsAsync(
            new RowKey.Completions(new QueueName("eu"), [new(1, first.ScannedRanges[0].From - 1)], MaxCount: 5)
        );

        Assert.Equal([new CompletionRange(501, Failed)], first.ScannedRanges);
        Assert.Equal([new CompletionRange(1, 500)], second.ScannedRanges);
        Assert.Empty(first.Completions.Concat(second.Completions));
    }

    private async Task<CompletionPage> EndsAsync(RowKey.Completions asked) =>
        Assert.IsType<CompletionPage>(Assert.Single(await ReadAsync(asked)));

    private Task EndAsync(int count, Func<int, (string Queue, bool Succeeds)> how, int from = 1) =>
        DurableAsync([
            .. Enumerable
                .Range(from, count)
                .Select(finish =>
                {
                    var (queue, succeeds) = how(finish);
                    var done = SampleRows.Succeeded(SampleRows.Waiting(100 + finish, queue), finish);
                    if (!succeeds)
                        done = done with
                        {
                            Job = done.Job with { Status = done.Job.Status with { State = JobState.Failed } },
                            Reason = FailReason.Error,
                        };
                    return (RowChange)new RowChange.JobEnded(done, WasStored: false);
                }),
        ]);

    // Payloads

    [Theory]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(Limits.InlineBytes)]
    public async Task A_payload_is_read_back_byte_for_byte(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);

        await DurableAsync(
            new RowChange.PayloadAdded(new PayloadRow(new JobId(1), PayloadKind.Input, null, bytes)),
            new RowChange.PayloadAdded(new PayloadRow(new JobId(1), PayloadKind.Result, "image/png", default))
        );

        AssertEqual(
            [
                new PayloadRow(new JobId(1), PayloadKind.Input, null, bytes),
                new PayloadRow(new JobId(1), PayloadKind.Result, "image/png", default),
            ],
            await ReadAsync(
                new RowKey.Payload(new JobId(1), PayloadKind.Input),
                new RowKey.Payload(new JobId(1), PayloadKind.Result)
            )
        );
    }

    /// <summary>
    /// A store may keep a small payload in its job's row. The payload must be returned unchanged wherever it is stored,
    /// even after its job has ended.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(40_000)]
    public async Task Payloads_written_with_their_jobs_are_read_back_for_live_and_ended_jobs(int length)
    {
        var random = new Random(length);
        byte[] Bytes()
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            return bytes;
        }

        var (stored, atOnce) = (SampleRows.Waiting(1), SampleRows.Waiting(2));
        PayloadRow first = new(stored.Id, PayloadKind.Input, stored.Spec.ContentType, Bytes()),
            second = new(atOnce.Id, PayloadKind.Input, atOnce.Spec.ContentType, Bytes());
        PayloadRow result = new(stored.Id, PayloadKind.Result, "text/plain", Bytes()),
            other = new(atOnce.Id, PayloadKind.Result, "image/png", Bytes());
        var (ended, endedAtOnce) = (
            SampleRows.Succeeded(stored, 1) with
            {
                ResultType = "text/plain",
            },
            SampleRows.Succeeded(atOnce, 2) with
            {
                ResultType = "text/html",
            }
        );

        await DurableAsync(
            new RowChange.PayloadAdded(first),
            new RowChange.JobAdded(stored),
            new RowChange.JobEnded(endedAtOnce, WasStored: false),
            new RowChange.PayloadAdded(other),
            new RowChange.PayloadAdded(second)
        );
        AssertEqual(
            [first, second, other],
            await ReadAsync(
                new RowKey.Payload(stored.Id, PayloadKind.Input),
                new RowKey.Payload(atOnce.Id, PayloadKind.Input),
                new RowKey.Payload(atOnce.Id, PayloadKind.Result)
            )
        );
        await DurableAsync(new RowChange.JobEnded(ended, WasStored: true), new RowChange.PayloadAdded(result));

        AssertEqual(
            [first, result, ended, second, other, endedAtOnce],
            await ReadAsync(
                new RowKey.Payload(stored.Id, PayloadKind.Input),
                new RowKey.Payload(stored.Id, PayloadKind.Result),
                new RowKey.Ended(stored.Id),
                new RowKey.Payload(atOnce.Id, PayloadKind.Input),
                new RowKey.Payload(atOnce.Id, PayloadKind.Result),
                new RowKey.Ended(atOnce.Id)
            )
        );
    }

    [Fact]
    public async Task Jobs_of_every_shard_have_separate_payloads()
    {
        long[] jobs = [1, JobId.Of(1, 1).Value, JobId.Of(0x3FFF, 1).Value, JobId.Of(0x7FFF, (1L << 48) - 1).Value];

        await DurableAsync([
            .. jobs.SelectMany(id =>
                new[] { PayloadKind.Input, PayloadKind.Result }.Select(kind => new RowChange.PayloadAdded(
                    SampleRows.Payload(id, kind, $"{id} {kind}")
                ))
            ),
        ]);

        foreach (var id in jobs)
            AssertEqual(
                [SampleRows.Payload(id, PayloadKind.Result, $"{id} Result")],
                await ReadAsync(new RowKey.Payload(new JobId(id), PayloadKind.Result))
            );
    }

    // Query

    [Fact]
    public async Task Pages_list_live_and_ended_jobs_once_each_newest_first()
    {
        await DurableAsync([
            .. Enumerable
                .Range(1, 25)
                .Select(id =>
                    id % 3 == 0
                        ? (RowChange)
                            new RowChange.JobEnded(
                                SampleRows.Succeeded(SampleRows.Waiting(id), 100 - id),
                                WasStored: false
                            )
                        : new RowChange.JobAdded(SampleRows.Waiting(id))
                ),
        ]);

        var pages = await WalkAsync(JobFilter.Everything, JobOrder.Newest, limit: 10);

        Assert.Equal([10, 10, 5], pages.Select(p => p.Count));
        Assert.Equal(Enumerable.Range(1, 25).Reverse().Select(id => (long)id), pages.SelectMany(p => p).Select(Id));
    }

    [Fact]
    public async Task The_latest_completions_are_listed_in_the_order_of_completion()
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Waiting(9)),
            new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(3, "a"), 1), WasStored: false),
            new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(1, "b"), 2), WasStored: false),
            new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(2, "a"), 3), WasStored: false)
        );

        Assert.Equal([2L, 1L, 3L], await FindAsync(JobFilter.Everything, JobOrder.LatestEnded));
        Assert.Equal([2L, 3L], await FindAsync(new JobFilter { Queue = new QueueName("a") }, JobOrder.LatestEnded));
    }

    [Fact]
    public async Task Each_part_of_a_filter_applies()
    {
        var failed = SampleRows.Done(4, 1);
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Waiting(1, "a", "m")),
            new RowChange.JobAdded(SampleRows.Waiting(2, "b", "m", JobState.Scheduled)),
            new RowChange.JobAdded(SampleRows.Job(3)),
            new RowChange.JobEnded(failed, WasStored: false),
            new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(5, "a", "n"), 2), WasStored: false)
        );

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
        Assert.Equal(
            [5L],
            await FindAsync(
                new JobFilter
                {
                    Queue = new QueueName("a"),
                    State = JobState.Succeeded,
                    Method = new MethodName("n"),
                }
            )
        );
        Assert.Empty(await FindAsync(new JobFilter { State = JobState.Ready }, JobOrder.LatestEnded));
    }

    [Fact]
    public async Task A_search_stops_at_its_time_limit_reports_it_and_continues_from_there()
    {
        await DurableAsync([
            .. Enumerable
                .Range(1, 1000)
                .Select(id => new RowChange.JobAdded(SampleRows.Waiting(id, id <= 2 ? "rare" : "often"))),
        ]);
        var filter = new JobFilter { Queue = new QueueName("rare") };

        var first = await JobStore.QueryAsync(
            filter,
            JobOrder.Newest,
            Cursor.Start,
            10,
            FastTimeProvider.Look * 3,
            Stop
        );
        var found = new List<long>();
        var rounds = 0;
        for (Cursor? at = first.Next; at is { } next; rounds++)
        {
            Assert.InRange(rounds, 0, 20);
            var page = await JobStore.QueryAsync(filter, JobOrder.Newest, next, 10, FastTimeProvider.Look * 3, Stop);
            found.AddRange(page.Rows.Select(Id));
            at = page.Next;
        }

        Assert.False(first.Complete);
        Assert.Empty(first.Rows);
        Assert.InRange(first.Next!.Value.Key, 500, 990);
        Assert.InRange(rounds, 2, 20);
        Assert.Equal([2L, 1L], found);
    }

    private async Task<List<IReadOnlyList<StoredRow>>> WalkAsync(JobFilter filter, JobOrder order, int limit)
    {
        var pages = new List<IReadOnlyList<StoredRow>>();
        for (Cursor? at = Cursor.Start; at is { } next;)
        {
            var page = await JobStore.QueryAsync(filter, order, next, limit, TimeSpan.MaxValue, Stop);
            Assert.True(page.Complete);
            pages.Add(page.Rows);
            at = page.Next;
        }
        return pages;
    }

    private async Task<IEnumerable<long>> FindAsync(JobFilter filter, JobOrder order = JobOrder.Newest) =>
        (await WalkAsync(filter, order, 2)).SelectMany(p => p).Select(Id);
}
