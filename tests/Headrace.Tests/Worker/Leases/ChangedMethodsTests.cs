using Headrace.Core;
using Headrace.Worker.Leases;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Offer = Headrace.Protocol.Exchange.Offer;

namespace Headrace.Tests.Worker.Leases;

/// <summary>Tests a worker whose methods change while it runs.</summary>
public sealed class ChangedMethodsTests
{
    [Fact]
    public void Changed_offers_are_reported_at_once_with_their_schemas_and_later_without_R6()
    {
        var scene = new MachineScene();
        scene.Reply(scene.Exchange);

        Change(scene, "noop", "new");
        var report = scene.Report;
        scene.Reply(report);
        scene.Reply(scene.Exchange);

        Assert.Equal(["noop {}", "new {}"], Offers(report));
        Assert.Equal(["noop ", "new "], Offers(scene.Exchange));
        Assert.Empty(scene.Reports);
    }

    [Fact]
    public void An_exchange_before_the_reply_to_the_report_contains_the_schemas_as_well()
    {
        var scene = new MachineScene();
        scene.Reply(scene.Exchange);

        Change(scene, "new");
        scene.Reply(scene.Exchange);

        Assert.Equal(["new {}"], Offers(scene.Exchange));
    }

    [Fact]
    public void A_lost_report_of_changed_offers_is_repeated()
    {
        var scene = new MachineScene();
        scene.Reply(scene.Exchange);

        Change(scene, "new");
        scene.NotReply(scene.Report);
        scene.Advance(1);

        Assert.Equal(["new {}"], Offers(scene.Report));
    }

    [Fact]
    public void Offers_that_change_before_the_worker_has_joined_are_sent_once_it_has()
    {
        var scene = new MachineScene();

        Change(scene, "new");
        var early = scene.Reports;
        scene.Reply(scene.Exchange);

        Assert.Empty(early);
        Assert.Equal(["new {}"], Offers(scene.Exchange));
        Assert.Empty(scene.Reports);
    }

    [Fact]
    public void A_job_keeps_the_shape_that_its_method_had_when_the_lease_arrived()
    {
        var scene = new MachineScene();
        scene.Grant(1, job => job.Method = "charge");

        Change(scene, "noop");
        scene.Handle(new WorkerEvent.DrainRequested("SIGTERM."));
        scene.Handle(new WorkerEvent.AbandonRequested());
        scene.Wake();
        scene.End(1, Kind.Cancelled);

        // The job must not run twice, even though the worker no longer offers its method.
        Assert.Contains("1 Lost", scene.Sent.Select(MachineScene.Outcomes));
    }

    private static void Change(MachineScene scene, params string[] methods)
    {
        var offers = methods.Select(name => new Offer
        {
            Method = name,
            Version = 1,
            Schema = "{}",
        });
        scene.Handle(new WorkerEvent.MethodsChanged([.. offers], new Dictionary<MethodRef, Shape>()));
        scene.Wake();
    }

    private static IEnumerable<string> Offers(WorkerStep.Send message) =>
        message.Request.Offers.Select(offer => $"{offer.Method} {offer.Schema}");
}
