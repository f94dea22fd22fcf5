using Headrace.Core;
using Headrace.Core.Dispatch;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Tests the parts of an offer other than the parameter schema: the result schema and the slots (R22).
/// </summary>
public sealed class OfferTests
{
    private const string Text = """{"type":"string"}""";

    private readonly BrokerScene _scene = new();

    [Fact]
    public void An_offer_registers_the_slots_and_result_schema_of_its_method()
    {
        Offer("w1", Text, slots: 4);

        Assert.Equal((4, Text), (Row().Slots, Row().ResultSchema));
        var view = Assert.Single(_scene.Ask<Response.Methods>(new Command.ListMethods(default)).Items);
        Assert.Equal((4, Text), (view.Slots, view.ResultSchema));
    }

    [Fact]
    public void An_offer_without_a_result_schema_keeps_the_one_that_is_known()
    {
        Offer("w1", Text);

        Assert.Null(Offer("w2", ""));

        Assert.Empty(_scene.Changes.OfType<RowChange.MethodPut>());
    }

    [Fact]
    public void A_result_schema_is_taken_from_the_first_offer_that_has_one()
    {
        Offer("w1", "");

        Assert.Null(Offer("w2", Text));

        Assert.Equal(Text, Row().ResultSchema);
    }

    [Fact]
    public void The_same_version_with_a_different_result_schema_is_rejected_naming_the_field_R22()
    {
        Offer("w1", Text);

        Assert.Contains(
            "$.type changed from \"string\" to \"number\"",
            Offer("w2", """{"type":"number"}"""),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_different_number_of_slots_is_rejected_while_another_worker_offers_the_old_one_R22()
    {
        var first = Worker("w1", Text, slots: 1);
        first.Exchange();
        Assert.Equal(
            "noop@1 is offered with properties that differ from those of the workers that currently offer it: slots is "
                + "2 instead of 1. Start the new workers after the current ones have exited, or give the changed "
                + "method a new version.",
            Offer("w2", Text, slots: 2)
        );

        _scene.Do(new Command.WorkerDied(first.Self, ExitKind.Ended));
        Assert.Null(Offer("w3", Text, slots: 2));

        Assert.Equal(2, Row().Slots);
    }

    [Fact]
    public void Every_property_that_differs_is_named_with_both_values_R22()
    {
        Worker("w1", Text, slots: 1).Exchange();
        var second = Worker("w2", Text, slots: 3);
        second.Loss = new LossPolicy
        {
            FailWhenLost = true,
            Exclusive = true,
            MaxWorkerCrashes = 7,
            MaxLostLeases = 6,
        };

        Assert.Contains(
            "currently offer it: onLost is fail instead of retry, exclusive is true instead of false, maxWorkerCrashes "
                + "is 7 instead of 2, maxLostLeases is 6 instead of 5, slots is 3 instead of 1. Start",
            second.Exchange()?.TerminateReason,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_worker_may_change_the_slots_of_a_method_that_no_other_worker_offers_R22()
    {
        var worker = Worker("w1", Text, slots: 1);
        worker.Exchange();

        worker.SlotsOfMethods = 2;
        worker.Exchange();

        Assert.Equal(2, Row().Slots);
        Assert.Empty(Assert.Single(_scene.Ask<Response.Workers>(new Command.ListWorkers()).Items).RefusedOffers);
    }

    [Fact]
    public void A_name_without_a_version_means_the_highest_version_offered_or_else_the_highest_known_R22()
    {
        var first = _scene.Join("w1", 1, 0, "noop@1", "noop@2");
        var second = _scene.Join("w2", 1, 0, "noop@3");
        Assert.Equal(3, Default());

        _scene.Do(new Command.WorkerDied(second.Self, ExitKind.Ended));
        Assert.Equal(2, Default());

        _scene.Do(new Command.WorkerDied(first.Self, ExitKind.Ended));
        Assert.Equal(3, Default());
    }

    private int Default() =>
        _scene.Ask<Response.Methods>(new Command.ListMethods(default)).Items.Single(method => method.IsDefault).Version;

    /// <summary>
    /// Makes a worker join with this offer. Returns the rejection reason, or null if the worker was accepted.
    /// </summary>
    private string? Offer(string worker, string resultSchema, int slots = 1) =>
        Worker(worker, resultSchema, slots).Exchange()?.TerminateReason;

    private SceneWorker Worker(string name, string resultSchema, int slots) =>
        new(_scene, name, 1, 0, ["noop@1"]) { ResultSchema = resultSchema, SlotsOfMethods = slots };

    private MethodRow Row() => Assert.Single(_scene.Changes.OfType<RowChange.MethodPut>()).Row;
}
