using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Core.Results;
using Headrace.Server.Access;
using Headrace.Server.Events;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Server.Events;

/// <summary>Tests the event buffer and the readers' positions in it.</summary>
public sealed class EventHubTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly EventHub _hub;

    public EventHubTests() => _hub = new EventHub(_time);

    private static Caller Admin => new("admin", [new Grant(Role.Admin)]);

    public void Dispose() => _hub.Dispose();

    [Fact]
    public void Nothing_is_kept_before_the_first_reader_comes()
    {
        Add(3);
        Assert.Equal(0, _hub.Last);

        using var seat = _hub.TryEnter();
        Add(2);

        Assert.Equal(2, _hub.Last);
    }

    [Fact]
    public void Each_reader_receives_every_event_in_order()
    {
        using var seat = _hub.TryEnter();
        var (one, two) = (Reader(), Reader());
        Add(5);

        Assert.Equal([1, 2, 3], Read(one, max: 3));
        Assert.Equal([4, 5], Read(one, max: 3));
        Assert.Equal([1, 2, 3, 4, 5], Read(two, max: 100));
        Assert.Empty(Read(two, max: 100));
    }

    [Fact]
    public void A_reader_that_is_slower_than_the_buffer_continues_with_the_newest_event()
    {
        using var seat = _hub.TryEnter();
        var slow = Reader();
        Add(10);
        Assert.Equal([1, 2], Read(slow, max: 2));
        Add(EventHub.Size);

        Assert.False(slow.TryRead(100, []));

        Assert.Equal(EventHub.Size + 10, slow.Position);
        Add(1);
        Assert.Equal([EventHub.Size + 11], Read(slow, max: 100));
    }

    [Fact]
    public void Events_are_kept_for_a_minute_after_the_last_reader_has_left()
    {
        _hub.TryEnter()!.Dispose();
        Add(2);
        _time.Advance(TimeSpan.FromSeconds(59));
        Add(1);
        Assert.True(_hub.HasAfter(2));

        _time.Advance(TimeSpan.FromSeconds(2));
        var last = _hub.Last;
        Add(1);

        Assert.Equal(last, _hub.Last);
        Assert.False(_hub.HasAfter(3));
        Assert.Null(_hub.Find(3));
    }

    [Fact]
    public void A_reader_that_comes_within_the_minute_keeps_the_events()
    {
        _hub.TryEnter()!.Dispose();
        _time.Advance(TimeSpan.FromSeconds(30));
        using var second = _hub.TryEnter();
        _time.Advance(TimeSpan.FromHours(1));
        Add(1);

        Assert.Equal(1, _hub.Last);
        Assert.True(_hub.HasAfter(0));
    }

    [Fact]
    public void A_further_reader_is_rejected_until_another_one_leaves()
    {
        var seats = Enumerable.Range(0, EventHub.MaxReaders).Select(_ => _hub.TryEnter()).ToList();
        Assert.DoesNotContain(null, seats);
        Assert.Null(_hub.TryEnter());

        seats[0]!.Dispose();
        seats[0]!.Dispose();

        Assert.NotNull(_hub.TryEnter());
        Assert.Null(_hub.TryEnter());
    }

    [Fact]
    public async Task A_waiting_reader_is_woken_by_the_next_event()
    {
        using var seat = _hub.TryEnter();
        var waiting = _hub.WaitAsync(0);
        Assert.False(waiting.IsCompleted);

        Add(1);

        await Eventually.EndsAsync("the wait of a reader", waiting);
        Assert.True(_hub.WaitAsync(0).IsCompleted);
        Assert.False(_hub.WaitAsync(1).IsCompleted);
    }

    [Fact]
    public void A_caller_receives_only_the_events_of_jobs_that_it_may_read()
    {
        using var seat = _hub.TryEnter();
        var alice = Reader(new Caller("alice", [new Grant(Role.Submitter)]));
        var eu = Reader(new Caller("bob", [new Grant(Role.Viewer, [new QueueName("eu")])]));
        Add(Job(owner: "alice", queue: "us"));
        Add(Job(owner: "carol", queue: "eu"));
        Add(Job(owner: "carol", queue: "us"));

        Assert.Equal([1], Read(alice, 10));
        Assert.Equal([2], Read(eu, 10));
    }

    [Fact]
    public void A_caller_receives_the_changes_of_queues_that_it_may_read_if_its_filter_selects_them()
    {
        using var seat = _hub.TryEnter();
        var eu = new QueueName("eu");
        var bob = new Caller("bob", [new Grant(Role.Viewer, [eu])]);
        var us = new Caller("carol", [new Grant(Role.Viewer, [new QueueName("us")])]);

        _hub.Observe([new Effect.QueueChanged(eu, QueueSettings.Default, new QueueSettings { Paused = true })]);

        Assert.Equal([1], Read(Reader(), 10));
        Assert.Equal([1], Read(Reader(bob), 10));
        Assert.Empty(Read(Reader(us), 10));
        Assert.Equal([1], Read(Reader(filter: JobFilter.Everything with { Queue = eu }), 10));
        Assert.Empty(Read(Reader(filter: JobFilter.Everything with { Queue = new QueueName("us") }), 10));
        Assert.Empty(Read(Reader(filter: JobFilter.Everything with { Queue = eu, State = JobState.Failed }), 10));
    }

    [Theory]
    [InlineData(false, false, true, false, "paused")]
    [InlineData(false, false, false, true, "draining")]
    [InlineData(true, false, false, false, "resumed")]
    [InlineData(true, true, false, false, "resumed")]
    [InlineData(true, false, true, true, "draining")]
    [InlineData(true, false, true, false, "changed")]
    public void A_change_of_a_queue_is_named(
        bool wasPaused,
        bool wasDraining,
        bool isPaused,
        bool isDraining,
        string change
    )
    {
        using var seat = _hub.TryEnter();

        _hub.Observe([
            new Effect.QueueChanged(
                QueueName.Default,
                new QueueSettings { Paused = wasPaused, Draining = wasDraining },
                new QueueSettings { Paused = isPaused, Draining = isDraining }
            ),
        ]);

        var json = JsonElement.Parse(_hub.Find(1)!.ToJson());
        Assert.Equal(change, json.GetProperty("change").GetString());
    }

    [Fact]
    public void A_filter_is_applied_to_the_job_after_the_change()
    {
        using var seat = _hub.TryEnter();
        var failed = Reader(Admin, JobFilter.Everything with { State = JobState.Failed });
        var tagged = Reader(Admin, JobFilter.Everything with { Tags = Tags("a") });
        var keyed = Reader(Admin, JobFilter.Everything with { Key = "k" });
        var only = new EventReader(_hub, new EventFilter(Admin, JobFilter.Everything, new JobId(3)), 0);
        Add(Job(id: 1));
        var row = Job(id: 2) with { Status = new JobStatus { State = JobState.Failed } };
        _hub.Observe([
            new Effect.JobMoved(row, JobState.Running, default)
            {
                Ended = new DoneRow(row, 1, default, FailReason.Error),
            },
        ]);
        Add(Job(id: 3, with: spec => spec with { Tags = Tags("a"), Key = new IdempotencyKey("k", 0) }));
        _hub.Observe([new Effect.WorkerJoined(new LeaseHolder(new WorkerName("w"), default), "p")]);

        Assert.Equal([2], Read(failed, 10));
        Assert.Equal([3], Read(tagged, 10));
        Assert.Equal([3], Read(keyed, 10));
        Assert.Equal([3], Read(only, 10));
        Assert.Equal([1, 2, 3, 4], Read(Reader(), 10));
    }

    [Fact]
    public void The_params_of_a_job_and_the_detail_of_its_error_are_not_kept()
    {
        using var seat = _hub.TryEnter();
        var row = Job(with: spec => spec with { Params = new byte[2_000] });
        _hub.Observe([
            new Effect.JobMoved(row, JobState.Running, default)
            {
                Ended = new DoneRow(row, 1, default, FailReason.Error)
                {
                    Error = new JobError("T", new string('m', 5_000), new string('d', 5_000)),
                },
            },
        ]);

        var kept = Assert.IsType<ServerEvent.OfJob>(_hub.Find(1));

        Assert.Empty(kept.Job.Spec.Params);
        Assert.Empty(kept.Ended!.Job.Spec.Params);
        Assert.Null(kept.Ended.Error!.Detail);
        Assert.InRange(kept.ToJson().Length, 1_000, 1_500);
    }

    [Theory]
    [InlineData("5f3a9c21-42", true)]
    [InlineData("5f3a9c21-9223372036854775807", true)]
    [InlineData("5f3a9c21", false)]
    [InlineData("5f3a9c21--1", false)]
    [InlineData("5f3a9c2-1", false)]
    [InlineData("x-1", false)]
    [InlineData("5f3a9c21-1-1", false)]
    [InlineData("5f3a9c21-99999999999999999999", false)]
    public void An_id_is_the_run_and_the_number(string text, bool isValid)
    {
        Assert.Equal(isValid, EventId.TryParse(text, out var id));
        if (isValid)
            Assert.Equal(text, id.ToString());
    }

    private EventReader Reader(Caller? caller = null, JobFilter? filter = null) =>
        new(_hub, new EventFilter(caller ?? Admin, filter ?? JobFilter.Everything, only: null), 0);

    private static List<long> Read(EventReader reader, int max)
    {
        var events = new List<ServerEvent>();
        Assert.True(reader.TryRead(max, events));
        return [.. events.Select(each => each.Number)];
    }

    private void Add(int count)
    {
        for (var i = 0; i < count; i++)
            Add(Job());
    }

    private void Add(JobRow job) => _hub.Observe([new Effect.JobMoved(job, JobState.None, default)]);

    private static JobRow Job(
        long id = 1,
        string owner = "admin",
        string queue = "default",
        Func<JobSpec, JobSpec>? with = null
    )
    {
        var spec = new JobSpec
        {
            Queue = new QueueName(queue),
            Method = new MethodName("noop"),
            Owner = owner,
        };
        return new JobRow(new JobId(id), with?.Invoke(spec) ?? spec, new JobStatus { State = JobState.Ready });
    }

    private static JobTags Tags(params string[] tags) =>
        JobTags.TryCreate(tags, out var read) ? read : throw new ArgumentException("The tags are not valid.");
}
