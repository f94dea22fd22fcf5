using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core.Explain;

/// <summary>Tests that the explanation of a waiting job names everything that keeps the job waiting (R19).</summary>
public sealed class JobExplainerTests
{
    private readonly BrokerScene _scene = new();

    [Fact]
    public void Busy_workers_are_counted()
    {
        _scene.Join("w1");
        _scene.Join("w2");
        _scene.Submit();
        _scene.Submit();
        _scene.Submit();

        Assert.Equal(
            "Waiting for a free slot: 2 workers offer noop, and none has free capacity; 2 jobs of default/noop are "
                + "ready.",
            Why(_scene.Submit())
        );
    }

    [Fact]
    public void A_worker_with_free_capacity_is_said_to_receive_the_job_with_its_next_exchange()
    {
        var worker = _scene.Join("w1");
        var lease = new LeaseToken(_scene.Submit(), 1);
        worker.Succeed(lease);

        Assert.Equal(
            "Waiting for the next exchange of a worker: 1 worker offers noop, and 1 of them has free capacity; "
                + "1 job of default/noop is ready.",
            Why(_scene.Submit())
        );
    }

    [Fact]
    public void Draining_and_unresponsive_workers_are_named()
    {
        var draining = _scene.Join("w1");
        var held = new LeaseToken(_scene.Submit(), 1);
        _scene.Join("w2");
        _scene.Do(new Command.Drain(draining.Self, TimeSpan.Zero));
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(20));
        draining.Exchange(SceneWorker.Holding(held));
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(10));

        Assert.Equal(
            "No running worker offers noop. Start a worker that does, or install the method: headrace methods install. "
                + "Worker w1 is draining. Worker w2 stopped responding.",
            Why(_scene.Submit())
        );
    }

    [Fact]
    public void Of_many_draining_workers_three_are_named()
    {
        for (var i = 1; i <= 5; i++)
            _scene.Do(new Command.Drain(_scene.Join($"w{i}").Self, TimeSpan.Zero));

        Assert.EndsWith(" Workers w1, w2, w3 and 2 more are draining.", Why(_scene.Submit()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_suspect_is_explained_until_it_is_assigned_and_while_it_waits_on_its_worker_R10()
    {
        var busy = _scene.Join("w1", slots: 8);
        var held = new LeaseToken(_scene.Submit(), 1);
        var crashing = _scene.Join("w2");
        var suspect = _scene.Submit();
        _scene.Do(new Command.WorkerDied(crashing.Self, ExitKind.Signal));
        var until = (_scene.Now + TimeSpan.FromSeconds(30)).ToDateTimeOffset().ToString("yyyy-MM-ddTHH:mm:ssZ");

        Assert.EndsWith(
            "so the job runs alone on its next worker. " + $"Until {until}, it waits for a worker that holds no job.",
            Why(suspect),
            StringComparison.Ordinal
        );
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(25));
        busy.Exchange(SceneWorker.Holding(held));
        _scene.Advance(TimeSpan.FromSeconds(6));
        _scene.Do(new Command.DiskSpaceChanged(true, "None is free."));
        Assert.EndsWith(
            "It found no worker without jobs within 30 s, so it will be assigned to the worker that holds the fewest.",
            Why(suspect),
            StringComparison.Ordinal
        );
        _scene.Do(new Command.DiskSpaceChanged(false, ""));
        Assert.Equal(
            "Assigned to worker w1, attempt 2. The job runs alone on its worker, so it waits for the worker's 1 other "
                + "job to end.",
            Why(suspect)
        );
    }

    [Fact]
    public void A_back_off_names_the_worker_and_its_rest_R10()
    {
        var worker = _scene.Join("w1");
        var lease = new LeaseToken(_scene.Submit(), 1);
        worker.Report(new Outcome(lease, OutcomeKind.Released));
        worker.Exchange();

        Assert.EndsWith(
            " Worker w1 released the job and will not receive it again for 1 s.",
            Why(lease.Job),
            StringComparison.Ordinal
        );
        _scene.Advance(TimeSpan.FromSeconds(1));
        Assert.DoesNotContain("released", Why(lease.Job), StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_that_runs_a_suspect_alone_is_counted_R10()
    {
        var crashing = _scene.Join("w1");
        var suspect = _scene.Submit();
        _scene.Do(new Command.WorkerDied(crashing.Self, ExitKind.Signal));
        var next = _scene.Join("w2", slots: 8);
        Assert.Equal(suspect, next.Lease.Job);

        Assert.EndsWith(
            " 1 of these workers is reserved for a job that runs alone.",
            Why(_scene.Submit()),
            StringComparison.Ordinal
        );
        Assert.Equal("Running on worker w2, attempt 2. It runs alone on its worker.", Why(suspect));
    }

    [Fact]
    public void A_job_without_a_version_says_which_one_it_waits_for_R22()
    {
        _scene.Join("w1", 1, 0, "noop@1");
        var newest = _scene.Join("w2", 1, 0, "noop@2");
        _scene.Submit();

        Assert.Contains(
            "The job requests no version, so it runs as noop@2, the highest version offered; workers that offer only "
                + "an earlier one are not considered.",
            Why(_scene.Submit()),
            StringComparison.Ordinal
        );
        Assert.NotNull(newest.Reply);
    }

    [Fact]
    public void Low_disk_space_and_the_lack_of_a_worker_are_both_told()
    {
        var worker = _scene.Join("w1");
        var running = new LeaseToken(_scene.Submit(), 1);
        var waiting = _scene.Submit();
        _scene.Do(new Command.Drain(worker.Self, TimeSpan.Zero));
        _scene.Do(new Command.DiskSpaceChanged(true, "1 MB is free."));

        Assert.Equal(
            "No jobs are started while disk space is low: 1 MB is free. No running worker offers noop. Start a worker "
                + "that does, or install the method: headrace methods install. Worker w1 is draining.",
            Why(waiting)
        );
        Assert.Equal("Running on worker w1, attempt 1.", Why(running.Job));
    }

    [Fact]
    public void An_expired_lease_and_a_higher_priority_are_told_R11()
    {
        _scene.Join("w1");
        var lost = new LeaseToken(_scene.Submit(), 1);
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));
        _scene.Submit(with: spec => spec with { Priority = 3 });

        Assert.EndsWith(
            " The lease of worker w1 expired; it can resume the job until another worker claims it. Jobs of the method "
                + "noop with a higher priority are served first.",
            Why(lost.Job),
            StringComparison.Ordinal
        );
    }

    private string Why(JobId job) => _scene.Ask<Response.Live>(new Command.GetJob(job, default)).Explanation!;
}
