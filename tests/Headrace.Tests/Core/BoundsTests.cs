using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Core.Retention;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Tests that the broker discards names that are no longer in use, and that it limits the names and schemas that it
/// keeps (R13, R22).
/// </summary>
public sealed class BoundsTests
{
    private readonly BrokerScene _scene = new();

    [Fact]
    public void Any_number_of_queues_can_be_used_one_after_another_R13()
    {
        var table = new QueueTable(new BrokerOptions(), new HistoryTable());
        var spec = Spec("q");

        for (var season = 0; season < 3 * Limits.Queues; season++)
        {
            var name = new QueueName($"run-{season}");
            Assert.True(table.CanHold(name));
            var queue = table.GetOrAdd(name);
            table.Add(queue, spec);
            table.Remove(queue, spec);
        }

        Assert.Equal(0, table.InUse);
        Assert.InRange(table.All.Count, 0, 2_048);
    }

    [Fact]
    public void Beyond_the_limit_of_queues_in_use_a_new_queue_is_rejected_until_one_is_empty_R13()
    {
        var table = new QueueTable(new BrokerOptions(), new HistoryTable());
        var spec = Spec("q");
        for (var i = 0; i < Limits.Queues; i++)
            table.Add(table.GetOrAdd(new QueueName($"q-{i}")), spec);

        Assert.False(table.CanHold(new QueueName("another")));
        Assert.True(table.CanHold(new QueueName("q-7")));
        table.Remove(table.GetOrAdd(new QueueName("q-7")), spec);

        Assert.True(table.CanHold(new QueueName("another")));
    }

    [Fact]
    public void The_counts_of_a_queue_whose_jobs_have_ended_survive_its_removal_and_a_restart_R18()
    {
        var worker = _scene.Join("w1");
        _scene.Submit(with: spec => spec with { Queue = new QueueName("once") });
        worker.Succeed(worker.Lease);

        _scene.Restart();

        Assert.Empty(_scene.Broker.State.Queues.All);
        var view = Assert.Single(_scene.Ask<Response.Queues>(new Command.ListQueues(default)).Items);
        Assert.Equal(("once", 0L, 1_000_000L), (view.Name.Text, view.Jobs, view.MaxJobs));
        Assert.Equal((JobState.Succeeded, 1L), (view.Counts.Single().State, view.Counts.Single().Jobs));
    }

    [Fact]
    public void Counters_of_queues_no_longer_in_use_keep_only_what_has_ended_R18()
    {
        var counters = new Counters(new HistoryTable());
        var batch = new Batch();
        for (var i = 0; i < 5_000; i++)
        {
            var spec = Spec($"run-{i}");
            counters.Enter(spec, JobState.Ready);
            counters.Leave(spec, JobState.Ready);
            counters.Enter(spec, JobState.Succeeded);
            counters.WriteChangesTo(batch);
        }

        var rows = counters.All().ToList();
        Assert.Equal(5_000, rows.Count(row => row is { State: JobState.Succeeded, Jobs: 1 }));
        Assert.InRange(rows.Count(row => row.State == JobState.Ready), 0, 5_000 / 2);
        Assert.Equal(10_000, batch.Changes.OfType<RowChange.CounterPut>().Count());
    }

    [Fact]
    public void A_queue_keeps_no_lanes_for_versions_that_are_no_longer_requested_R13()
    {
        var queue = new Queue(QueueName.Default, new BrokerOptions());
        var method = new Method(new MethodName("noop"));
        var kept = queue.LaneFor(method, 1);
        kept.Add(new Job(new JobId(1), Spec("default")));

        for (var version = 2; version < 10_000; version++)
            queue.LaneFor(method, version);

        Assert.InRange(queue.Lanes.Count(), 1, 32);
        Assert.Same(kept, queue.LaneFor(method, 1));
    }

    [Fact]
    public void Too_many_method_versions_are_rejected_naming_the_limit_R22()
    {
        var methods = Enumerable.Range(1, Limits.MethodVersions - 1).Select(i => new Offer(new("noop"), i, "{}"));
        _scene.Do(new Command.RegisterMethods([.. methods]));

        var last = _scene.Join("w1", 1, 0, $"noop@{Limits.MethodVersions}");
        var beyond = _scene.Join("w2", 1, 0, "another@1");
        var known = _scene.Join("w3", 1, 0, "noop@1");

        Assert.Null(last.Reply?.TerminateReason);
        Assert.Contains("the limit is 10000", beyond.Answered.TerminateReason, StringComparison.Ordinal);
        Assert.Null(known.Reply?.TerminateReason);
    }

    [Fact]
    public void Beyond_the_limit_of_workers_another_name_is_rejected_until_one_has_left_R13()
    {
        var workers = Enumerable
            .Range(0, Limits.Workers)
            .Select(i => new SceneWorker(_scene, $"w{i}", 1, 0, ["noop@1"]) { Number = 1 })
            .ToList();
        _scene.Do(workers.Select(worker => worker.Message(1, [], [])));

        var beyond = _scene.Join("another", 1, 0, "noop@1");
        workers[7].Exchange([], [], draining: true);
        var later = _scene.Join("another", 1, 0, "noop@1");

        Assert.Contains("the limit is 10000", beyond.Answered.TerminateReason, StringComparison.Ordinal);
        Assert.Null(later.Reply?.TerminateReason);
    }

    [Fact]
    public void Too_many_bytes_of_schemas_are_rejected_naming_the_limit_R22()
    {
        var schema = $$"""{"description":"{{new string('x', 8 << 20)}}"}""";
        for (var i = 1; i <= 7; i++)
            _scene.Do(new Command.RegisterMethods([new Offer(new MethodName("noop"), i, schema)]));

        var beyond = new SceneWorker(_scene, "w1", 1, 0, ["noop@8"]) { Schema = schema };

        Assert.Contains("the limit is 67108864 bytes", beyond.Exchange()!.TerminateReason, StringComparison.Ordinal);
    }

    private static JobSpec Spec(string queue) =>
        new()
        {
            Queue = new QueueName(queue),
            Method = new MethodName("noop"),
            Owner = "admin",
        };
}
