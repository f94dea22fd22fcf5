using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Worker.Leases;
using Xunit;

namespace Headrace.Tests.Worker.Leases;

public sealed class ExchangeNumberTests
{
    [Fact]
    public void The_first_exchange_joins_with_the_schemas_and_no_store_id()
    {
        var scene = new MachineScene(slots: 2);

        var request = scene.Exchange.Request;

        Assert.Equal(
            (1UL, "w1", 7UL, "local", "", 2U, 1U),
            (
                request.ExchangeNumber,
                request.Worker,
                request.Incarnation,
                request.Pool,
                request.Store,
                request.Slots,
                request.Prefetch
            )
        );
        Assert.Equal(
            ["noop {}", "gpu {}", "charge {}", "command {}", "licence {}", "stream {}", "batch {}"],
            request.Offers.Select(o => $"{o.Method} {o.Schema}")
        );
        Assert.Equal(TimeSpan.Zero, request.Wait?.ToTimeSpan());
    }

    [Fact]
    public void The_next_number_is_sent_after_the_reply_with_the_store_id_and_without_schemas()
    {
        var scene = new MachineScene();

        scene.Reply(scene.Exchange);

        var request = scene.Exchange.Request;
        Assert.Equal((2UL, MachineScene.Store), (request.ExchangeNumber, request.Store));
        Assert.Equal(
            ["noop ", "gpu ", "charge ", "command ", "licence ", "stream ", "batch "],
            request.Offers.Select(o => $"{o.Method} {o.Schema}")
        );
        Assert.True(request.Offers[1].Exclusive);
    }

    [Fact]
    public void No_second_exchange_is_sent_while_one_is_parked()
    {
        var scene = new MachineScene();
        scene.Reply(scene.Exchange);

        scene.Advance(7);

        Assert.Equal([1, 2], scene.Sent.Select(s => s.Request.ExchangeNumber));
        Assert.Equal(TimeSpan.FromSeconds(7.5), scene.Exchange.Request.Wait?.ToTimeSpan());
        Assert.Equal(TimeSpan.FromSeconds(10), scene.Exchange.Timeout);
    }

    [Fact]
    public void An_unanswered_exchange_is_resent_after_a_delay_with_its_number_and_the_schemas()
    {
        var scene = new MachineScene();
        scene.Reply(scene.Exchange);
        var lost = scene.Exchange;

        scene.NotReply(lost);
        var atOnce = scene.InFlight.Count;
        scene.Advance(0.05);

        Assert.Equal(0, atOnce);
        Assert.Equal(2UL, scene.Exchange.Request.ExchangeNumber);
        Assert.NotEqual(lost.Message, scene.Exchange.Message);
        Assert.All(scene.Exchange.Request.Offers, offer => Assert.Equal("{}", offer.Schema));
    }

    [Fact]
    public void Only_the_reply_to_the_latest_try_is_used()
    {
        var scene = new MachineScene();
        var first = scene.Exchange;
        scene.NotReply(first);
        scene.Advance(0.05);

        scene.Reply(
            first,
            reply => reply.Leases.Add(new Headrace.Protocol.Exchange.LeasedJob { Lease = MachineScene.Token(9) })
        );

        Assert.Empty(scene.Run);
        Assert.Equal(1UL, scene.Exchange.Request.ExchangeNumber);
    }

    [Fact]
    public void The_leases_of_a_lost_reply_arrive_with_the_next_try()
    {
        var scene = new MachineScene();
        scene.NotReply(scene.Exchange);
        scene.Advance(0.05);

        var granted = scene.Grant();

        Assert.Equal(granted, scene.Run);
        Assert.Equal(2UL, scene.Exchange.Request.ExchangeNumber);
    }

    [Fact]
    public void A_lease_that_is_received_twice_runs_once()
    {
        var scene = new MachineScene(slots: 2);
        var job = scene.Grant()[0];

        scene.Reply(
            scene.Exchange,
            reply =>
                reply.Leases.Add(
                    new Headrace.Protocol.Exchange.LeasedJob
                    {
                        Lease = MachineScene.Token(job),
                        Method = "noop",
                        Version = 1,
                    }
                )
        );

        Assert.Equal([job], scene.Run);
    }

    [Fact]
    public void Delays_double_up_to_one_second_and_reset_with_the_first_reply()
    {
        var scene = new MachineScene(orphanGrace: TimeSpan.FromMinutes(1));
        var pauses = new List<double>();
        for (var i = 0; i < 7; i++)
        {
            var from = scene.Now;
            scene.NotReply(scene.Exchange);
            pauses.Add((scene.WakeAt!.Value - from).TotalMilliseconds);
            scene.Advance(scene.WakeAt.Value - from);
        }
        scene.Reply(scene.Exchange);
        scene.NotReply(scene.Exchange);
        var after = (scene.WakeAt!.Value - scene.Now).TotalMilliseconds;

        double[] whole = [50, 100, 200, 400, 800, 1000, 1000];
        foreach (var (pause, most) in pauses.Zip(whole))
            Assert.InRange(pause, most * 0.75, most);
        Assert.InRange(after, 37, 50);
    }

    [Fact]
    public void An_unreachable_server_is_retried_until_the_grace_period_ends()
    {
        var scene = new MachineScene(orphanGrace: TimeSpan.FromSeconds(5));
        scene.Reply(scene.Exchange);
        // A parked exchange does not count as an outage, however long it remains parked.
        scene.Advance(9);

        scene.NotReply(scene.Exchange);
        scene.Advance(4.9);
        var before = scene.Exited;
        scene.Advance(0.2);

        Assert.Null(before);
        Assert.Equal(WorkerProcess.Terminated, scene.Exited!.Code);
        Assert.Contains("No server has replied for 5s", scene.Exited.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_exchange_after_an_outage_is_not_parked_so_that_its_reply_confirms_the_recovery()
    {
        var scene = new MachineScene(orphanGrace: TimeSpan.FromSeconds(5));
        scene.Reply(scene.Exchange);
        var parked = scene.Exchange;

        scene.NotReply(parked);
        scene.Advance(0.05);
        var again = scene.Exchange;
        scene.Reply(again);

        Assert.Equal(7.5, parked.Request.Wait?.ToTimeSpan().TotalSeconds);
        Assert.Equal(0, again.Request.Wait?.ToTimeSpan().TotalSeconds);
        Assert.Equal(7.5, scene.Exchange.Request.Wait?.ToTimeSpan().TotalSeconds);
    }

    [Fact]
    public void A_slow_reply_is_not_an_outage()
    {
        var scene = new MachineScene(orphanGrace: TimeSpan.FromSeconds(5));
        scene.Reply(scene.Exchange);

        for (var i = 0; i < 20; i++)
        {
            scene.NotReply(scene.Exchange, serverThere: true);
            scene.Advance(1);
        }

        Assert.Null(scene.Exited);
    }

    [Fact]
    public void A_worker_that_never_reached_a_server_exits_as_unusable()
    {
        var scene = new MachineScene(orphanGrace: TimeSpan.FromSeconds(2));

        scene.NotReply(scene.Exchange);
        scene.Advance(2);

        Assert.Equal(WorkerProcess.Unusable, scene.Exited!.Code);
        Assert.Contains(
            scene.Steps.OfType<WorkerStep.Log>(),
            s => s.Message.Contains("No answer. Retrying for 2s.", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_rejection_before_the_join_ends_the_worker_and_after_it_counts_as_an_outage()
    {
        var refused = new MachineScene();
        refused.NotReply(refused.Exchange, final: true);
        var joined = new MachineScene();
        joined.Reply(joined.Exchange);
        joined.NotReply(joined.Exchange, final: true);

        Assert.Equal(WorkerProcess.Unusable, refused.Exited!.Code);
        Assert.Null(joined.Exited);
    }

    [Fact]
    public void A_terminated_worker_stops_its_jobs_and_exits_with_the_given_reason()
    {
        var scene = new MachineScene();
        var job = scene.Grant()[0];

        scene.Reply(scene.Exchange, reply => reply.Terminate = "The name w1 belongs to another incarnation.");

        Assert.Equal([job], scene.Cancelled);
        Assert.Equal(WorkerProcess.Terminated, scene.Exited!.Code);
        Assert.Contains("another incarnation", scene.Exited.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_different_store_at_the_address_ends_the_worker()
    {
        var scene = new MachineScene();
        scene.Reply(scene.Exchange);

        scene.Reply(scene.Exchange, reply => reply.Store = "ffffffffffffffffffffffffffffffff");

        Assert.Equal(WorkerProcess.Terminated, scene.Exited!.Code);
    }

    [Fact]
    public void A_lease_starts_when_the_answered_message_was_sent()
    {
        var serverConnection = new ServerConnection(seed: 1);
        var early = serverConnection.OnSent(new Elapsed(1_000_000));
        var late = serverConnection.OnSent(new Elapsed(4_000_000));

        serverConnection.OnReply(late, TimeSpan.FromSeconds(30), isExchange: true, At(5));
        serverConnection.OnReply(early, TimeSpan.FromSeconds(30), isExchange: true, At(5));

        Assert.Equal(At(34), serverConnection.LeaseEnd);
    }

    /// <summary>
    /// Otherwise, an exclusive job that waits in the worker could start even though the server has granted it to
    /// another worker.
    /// </summary>
    [Fact]
    public void A_lease_that_has_ended_is_renewed_only_by_the_reply_to_an_exchange_R11()
    {
        var lease = TimeSpan.FromSeconds(30);
        var serverConnection = new ServerConnection(seed: 1);
        serverConnection.OnReply(serverConnection.OnSent(At(0)), lease, isExchange: true, At(1));
        serverConnection.OnReply(serverConnection.OnSent(At(10)), lease, isExchange: false, At(11));
        Assert.Equal(At(40), serverConnection.LeaseEnd);

        var (report, exchange) = (serverConnection.OnSent(At(41)), serverConnection.OnSent(At(42)));
        serverConnection.OnReply(report, lease, isExchange: false, At(43));
        Assert.Equal(At(40), serverConnection.LeaseEnd);
        serverConnection.OnReply(exchange, lease, isExchange: true, At(44));

        Assert.Equal(At(72), serverConnection.LeaseEnd);
    }

    private static Elapsed At(int seconds) => new(seconds * 1_000_000L);
}
