using Headrace.Core;
using Headrace.Core.Dispatch;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Tests that a conflict in one method does not keep a worker from running jobs of its other methods (R22).
/// </summary>
public sealed class PartialOfferTests
{
    private const string Changed = """{"type":"object"}""";

    private readonly BrokerScene _scene = new();

    [Fact]
    public void A_worker_with_one_conflicting_method_joins_and_receives_jobs_of_its_others_only_R22()
    {
        Know("noop");
        var worker = Worker("w1", "noop@1", "square@1");

        var reply = worker.Exchange();
        var (noop, square) = (_scene.Submit("noop"), _scene.Submit("square"));

        Assert.Null(reply?.TerminateReason);
        Assert.Equal(square, Assert.Single(worker.Answered.Leases).Id);
        Assert.Equal(Headrace.Core.Jobs.JobState.Ready, _scene.Job(noop).Status.State);
        Assert.Equal(["square@1"], View().Offers.Select(offer => offer.ToString()));
        var (method, why) = Assert.Single(View().RefusedOffers);
        Assert.Equal("noop@1", method.ToString());
        Assert.Contains("$.type was added", why, StringComparison.Ordinal);
        Assert.Contains("noop@2", why, StringComparison.Ordinal);
        Assert.Equal(why, worker.Answered.RefusedOffers[method].Reason);
        Assert.Equal(why, Assert.Single(_scene.Effects.OfType<Effect.OfferRefused>()).Reason);
    }

    [Fact]
    public void A_refused_schema_stays_refused_when_the_worker_sends_no_schemas_R22()
    {
        Know("noop");
        var worker = Worker("w1", "noop@1", "square@1");
        worker.Exchange();

        // A worker sends its schemas only when it connects.
        worker.Schema = "";
        worker.Exchange();

        Assert.Equal(["square@1"], View().Offers.Select(offer => offer.ToString()));
        Assert.Single(View().RefusedOffers);
        Assert.Single(_scene.Effects.OfType<Effect.OfferRefused>());
        // This schema equals the stored schema of noop, but differs from the stored schema of square.
        worker.Schema = "{}";
        worker.Exchange();
        Assert.Equal(["noop@1"], View().Offers.Select(offer => offer.ToString()));
        Assert.Equal(["square@1"], View().RefusedOffers.Keys.Select(method => method.ToString()));
    }

    [Fact]
    public void A_loss_policy_that_conflicts_is_accepted_when_the_other_worker_has_exited_R22()
    {
        var first = _scene.Join("w1");
        var second = Worker("w2", "noop@1", "square@1");
        second.Schema = "{}";
        second.Loss = LossPolicy.Default with { MaxWorkerCrashes = 7 };
        second.Exchange();
        Assert.Equal(["noop@1"], View("w2").RefusedOffers.Keys.Select(method => method.ToString()));

        _scene.Do(new Command.WorkerDied(first.Self, ExitKind.Ended));
        second.Schema = "";
        second.Exchange();

        Assert.Empty(View("w2").RefusedOffers);
        Assert.Equal(2, View("w2").Offers.Count);
    }

    [Fact]
    public void A_worker_all_of_whose_methods_conflict_is_rejected_R22()
    {
        Know("noop");
        Know("square");

        var reply = Worker("w1", "noop@1", "square@1").Exchange();

        Assert.Contains("noop@2", reply?.TerminateReason, StringComparison.Ordinal);
        Assert.Equal(0, _scene.Broker.State.Workers.Count);
    }

    [Fact]
    public void The_method_that_exceeds_the_limit_is_refused_and_the_known_ones_are_accepted_R22()
    {
        _scene.Do(
            new Command.RegisterMethods([
                .. Enumerable.Range(1, Limits.MethodVersions - 1).Select(i => new Offer(new("noop"), i, "{}")),
            ])
        );

        var worker = _scene.Join("w1", 1, 0, "noop@1", "a@1", "b@1", "noop@2");

        Assert.Null(worker.Reply?.TerminateReason);
        Assert.Equal(["noop@1", "a@1", "noop@2"], View().Offers.Select(offer => offer.ToString()));
        Assert.Contains("the limit is 10000", Assert.Single(View().RefusedOffers).Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Registering_methods_reports_those_that_a_worker_could_not_offer_and_keeps_the_known_schema_R22()
    {
        Know("noop");

        var answer = _scene.Ask<Response.MethodsRegistered>(
            new Command.RegisterMethods([
                new Offer(new MethodName("noop"), 1, Changed),
                new Offer(new MethodName("square"), 1, Changed),
            ])
        );

        Assert.Contains("noop@2", Assert.Single(answer.Refused).Value, StringComparison.Ordinal);
        Assert.Equal(
            [("noop", "{}"), ("square", Changed)],
            _scene
                .Ask<Response.Methods>(new Command.ListMethods(default))
                .Items.Select(method => (method.Name.Text, method.Schema))
        );
    }

    private void Know(string method) =>
        _scene.Do(new Command.RegisterMethods([new Offer(new MethodName(method), 1, "{}")]));

    private SceneWorker Worker(string name, params string[] methods) =>
        new(_scene, name, 1, 0, methods) { Schema = Changed };

    private WorkerView View(string name = "w1") =>
        _scene.Ask<Response.Workers>(new Command.ListWorkers()).Items.Single(worker => worker.Name.Text == name);
}
