using Headrace.Core;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Tests the parts of an offer other than the schema of the parameters: the result schema and the slots (R22).
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
        Assert.Contains("2 slots", Offer("w2", Text, slots: 2), StringComparison.Ordinal);

        _scene.Do(new Command.WorkerDied(first.Self, ExitKind.Ended));
        Assert.Null(Offer("w3", Text, slots: 2));

        Assert.Equal(2, Row().Slots);
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
    /// Has a worker join with this offer. Returns the rejection reason, or null if the worker was accepted.
    /// </summary>
    private string? Offer(string worker, string resultSchema, int slots = 1) =>
        Worker(worker, resultSchema, slots).Exchange()?.TerminateReason;

    private SceneWorker Worker(string name, string resultSchema, int slots) =>
        new(_scene, name, 1, 0, ["noop@1"]) { ResultSchema = resultSchema, SlotsOfMethods = slots };

    private MethodRow Row() => Assert.Single(_scene.Changes.OfType<RowChange.MethodPut>()).Row;
}
