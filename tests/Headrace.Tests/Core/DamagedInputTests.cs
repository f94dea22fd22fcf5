using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>Tests that a job whose stored body is damaged fails before a worker runs it.</summary>
public sealed class DamagedInputTests
{
    private readonly BrokerScene _scene = new();

    [Fact]
    public void A_job_with_a_damaged_body_fails_without_a_retry_and_frees_its_slot()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit(with: spec => spec with { Retries = 3 });

        _scene.Ask<Response.Acknowledged>(new Command.InputDamaged([worker.Lease]));

        var done = _scene.Done(id);
        Assert.Equal(
            (JobState.Failed, FailReason.Error, "DamagedInput"),
            (done.Job.Status.State, done.Reason, done.Error?.Type)
        );
        var next = _scene.Submit();
        worker.Exchange();
        Assert.Equal(next, worker.Lease.Job);
    }

    [Fact]
    public void A_damaged_body_does_not_count_as_a_message_from_the_worker_R8()
    {
        var worker = _scene.Join("w1");
        _scene.Submit();
        var lease = worker.Lease;
        _scene.Advance(TimeSpan.FromSeconds(10));

        _scene.Do(new Command.InputDamaged([lease]));

        Assert.Equal(
            TimeSpan.FromSeconds(10),
            Assert.Single(_scene.Ask<Response.Workers>(new Command.ListWorkers()).Items).SinceLastSeen
        );
    }

    [Fact]
    public void A_damaged_body_of_an_outdated_lease_changes_nothing_R6()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        var lease = worker.Lease;
        worker.Exchange();
        Assert.Equal(2, _scene.Job(id).Status.Attempt);

        _scene.Do(new Command.InputDamaged([lease]));

        Assert.Equal((JobState.Running, 2), (_scene.Job(id).Status.State, _scene.Job(id).Status.Attempt));
        Assert.Empty(_scene.Changes);
    }

    [Fact]
    public void A_job_with_a_cancel_request_and_a_damaged_body_ends_as_cancelled_R12()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        var lease = worker.Lease;
        _scene.Do(new Command.Cancel(id));

        _scene.Do(new Command.InputDamaged([lease]));

        Assert.Equal(JobState.Cancelled, _scene.Done(id).Job.Status.State);
    }
}
