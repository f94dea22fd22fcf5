using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Tests that everything measured on the clock <i>Elapsed</i> ends on time even though every commit is slow (R20). The
/// gaps between two turns are at most a sixth of the lease, so they count in full.
/// </summary>
public sealed class SlowCommitTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(7);

    /// <summary>
    /// The time for which a worker asks to hold its exchange open. The server holds no exchange longer.
    /// </summary>
    private static readonly TimeSpan Park = TimeSpan.FromSeconds(10);

    /// <summary>The time after a job's release during which the job is not assigned to the same worker again.</summary>
    private static readonly TimeSpan Backoff = TimeSpan.FromSeconds(1);

    private readonly ShardScene _scene = new(new BrokerOptions { Lease = Lease });

    public static TheoryData<double> CommitSeconds => [0.2, 1.1, 3, 5];

    private Job Job => _scene.Shard.Broker.State.Jobs.All.Single();

    [Theory]
    [MemberData(nameof(CommitSeconds))]
    public void A_parked_exchange_is_answered_on_time_although_every_commit_is_slow_R7_R20(double seconds)
    {
        _scene.Start();

        var parked = Exchange();
        var waited = WaitFor(() => _scene.Answers.ContainsKey(parked), seconds);

        // The commit that is pending when the time expires is followed by the commit that contains the reply.
        Assert.InRange(waited, Park, Park + (2 * TimeSpan.FromSeconds(seconds)));
        Assert.Empty(Assert.IsType<Response.Exchanged>(_scene.Answers[parked]).Leases);
    }

    [Theory]
    [MemberData(nameof(CommitSeconds))]
    public void The_broker_requests_the_stop_of_an_overdue_attempt_on_time_although_every_commit_is_slow_R12_R20(
        double seconds
    )
    {
        _scene.Start();
        _scene.Do(new Command.Submit([new NewJob(Spec(), default)]));
        _scene.Commit();

        _scene.Do(Started(Job.Lease));
        var waited = WaitFor(() => Job.Status.StopRequest == StopReason.Timeout, seconds);

        var due = TimeLimit + new BrokerOptions().TimeLimitGrace;
        Assert.InRange(waited, due, due + TimeSpan.FromSeconds(seconds));
    }

    [Theory]
    [MemberData(nameof(CommitSeconds))]
    public void A_released_job_returns_to_its_worker_on_time_although_every_commit_is_slow_R10_R20(double seconds)
    {
        _scene.StartWithRunningJob();
        _scene.Do(ShardScene.Report(new Outcome(Job.Lease, OutcomeKind.Released)));

        RequestId? exchange = null;
        var waited = WaitFor(
            () =>
            {
                exchange ??= Exchange();
                return _scene.Answers.GetValueOrDefault(exchange.Value) is Response.Exchanged { Leases.Count: 1 };
            },
            seconds
        );

        Assert.InRange(waited, Backoff, Backoff + Shard.TickPeriod + (2 * TimeSpan.FromSeconds(seconds)));
    }

    /// <summary>
    /// Completes one slow commit after another until the condition holds. Returns the time that has passed.
    /// </summary>
    private TimeSpan WaitFor(Func<bool> holds, double commitSeconds)
    {
        var from = _scene.Clock;
        while (!holds())
        {
            Assert.True(_scene.Clock - from < 10 * Lease, "The condition was not met within ten leases.");
            // The worker keeps its leases, and the batch requires a commit.
            _scene.Arrive(ShardScene.Report());
            _scene.Do(_scene.Other());
            _scene.Clock += TimeSpan.FromSeconds(commitSeconds);
            _scene.Commit();
        }
        return _scene.Clock - from;
    }

    private RequestId Exchange()
    {
        var message = new WorkerMessage(ShardScene.Worker)
        {
            Slots = 1,
            Offers = [new Offer(new MethodName("noop"), 1, "{}")],
        };
        return _scene.Do(new Command.Exchange(message, 2, Park, null, [], false));
    }

    private static Command.Report Started(LeaseToken lease) =>
        new(new WorkerMessage(ShardScene.Worker), [new HeldLease(lease, true, false, null)]);

    private static JobSpec Spec() =>
        new()
        {
            Queue = QueueName.Default,
            Method = new MethodName("noop"),
            Owner = "admin",
            TimeLimit = TimeLimit,
        };
}
