using System.ComponentModel.DataAnnotations;
using Headrace.Worker;
using Xunit;

namespace Headrace.Tests.Worker.Methods;

public sealed class MappingTests
{
    private delegate int TakesReference(ref int value);

    private interface IShape;

    private static string Refusal(string name, Delegate work) =>
        Assert.Throws<ArgumentException>(() => HeadraceWorker.Create([]).MapMethod(name, work)).Message;

    private static string Refusal(Delegate work) => Refusal("probe", work);

    [Fact]
    public void A_name_includes_its_version()
    {
        var app = HeadraceWorker.Create([]);

        var first = app.MapMethod("forecast", () => 1);
        var second = app.MapMethod("forecast@2", (int horizon) => horizon);

        Assert.Equal(("forecast", 1), (first.Name, first.Version));
        Assert.Equal(("forecast", 2), (second.Name, second.Version));
        Assert.Contains("horizon", second.Schema, StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_takes_one_slot_or_as_many_as_its_builder_sets()
    {
        var app = HeadraceWorker.Create([]);

        var narrow = app.MapMethod("narrow", () => 1);
        var wide = app.MapMethod("wide", () => 1).Slots(4);

        Assert.Null(narrow.ReasonTooWide(1));
        Assert.Null(wide.ReasonTooWide(4));
        Assert.Equal(
            "Each job of the method wide@1 takes 4 slots, but this worker has 3, so it receives none of them. Start it "
                + "with --slots 4 or more.",
            wide.ReasonTooWide(3)
        );
        // More slots would not help if the worker cannot run the method for another reason.
        wide.Offer.Unavailable = "The library is missing.";
        Assert.Null(wide.ReasonTooWide(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => wide.Slots(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => wide.Slots(1_025));
    }

    [Theory]
    [InlineData("Forecast")]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a@0")]
    [InlineData("a@x")]
    public void An_invalid_name_is_rejected_with_the_required_format(string name)
    {
        var words = Refusal(name, () => 1);

        Assert.Contains($"'{name}' is not a valid method name", words, StringComparison.Ordinal);
        Assert.Contains("a-z, 0-9", words, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unsupported_signature_is_reported_with_the_name_of_the_method()
    {
        var app = HeadraceWorker.Create([]);

        var method = Assert.Throws<ArgumentException>(() => app.MapMethod("a", (IntPtr handle) => 1));
        var stream = Assert.Throws<ArgumentException>(() =>
            app.MapStream<int>("b", 1, (IntPtr handle) => 1, _ => Task.CompletedTask)
        );
        var batch = Assert.Throws<ArgumentException>(() =>
            app.MapBatch<int>("c", 1, TimeSpan.Zero, (IntPtr handle) => 1, _ => Task.CompletedTask)
        );

        Assert.Equal(Signature(nameof(HeadraceWorker.MapMethod)), method.ParamName);
        Assert.Equal(Signature(nameof(HeadraceWorker.MapStream)), stream.ParamName);
        Assert.Equal(Signature(nameof(HeadraceWorker.MapBatch)), batch.ParamName);

        static string Signature(string map) =>
            typeof(HeadraceWorker)
                .GetMethod(map)!
                .GetParameters()
                .Single(parameter => parameter.ParameterType == typeof(Delegate))
                .Name!;
    }

    [Fact]
    public void The_same_name_and_version_can_be_mapped_only_once()
    {
        var app = HeadraceWorker.Create([]);
        app.MapMethod("forecast", () => 1);

        var refused = Assert.Throws<ArgumentException>(() => app.MapMethod("forecast@1", () => 2));

        Assert.Contains("forecast@1 is mapped twice", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_that_cannot_be_bound_are_rejected_by_name()
    {
        Assert.Contains(
            "'input' (Stream) cannot be bound: streams are not supported",
            Refusal((Stream input) => 1),
            StringComparison.Ordinal
        );
        Assert.Contains("'input'", Refusal((Memory<byte> input) => 1), StringComparison.Ordinal);
        Assert.Contains("'value'", Refusal((TakesReference)((ref int value) => value)), StringComparison.Ordinal);
        Assert.Contains("'done'", Refusal((Action done) => 1), StringComparison.Ordinal);
        Assert.Contains(
            "More than one parameter receives the body",
            Refusal((byte[] a, ReadOnlyMemory<byte> b) => 1),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Unsupported_result_types_are_rejected()
    {
        Assert.Contains(
            "not supported",
            Refusal(() => Task.FromResult<Stream>(new MemoryStream())),
            StringComparison.Ordinal
        );
        Assert.Contains("not supported", Refusal(() => AsyncEnumerable.Range(0, 3)), StringComparison.Ordinal);
        Assert.Contains("cannot be used as a result", Refusal(() => (Action)(() => { })), StringComparison.Ordinal);
    }

    [Fact]
    public void An_annotation_that_the_schema_cannot_express_is_rejected_instead_of_ignored()
    {
        Assert.Contains(
            "[EmailAddress] cannot be expressed in JSON Schema",
            Refusal(([EmailAddress] string to) => to),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "DateTime",
            Refusal(([Range(typeof(DateTime), "2026-01-01", "2027-01-01")] DateTime day) => day),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_default_outside_its_own_limits_is_rejected() =>
        Assert.Contains(
            "$.count must be at least 1, not 0",
            Refusal(([Range(1, 9)] int count = 0) => count),
            StringComparison.Ordinal
        );

    [Fact]
    public void The_type_of_a_parameter_must_be_deserializable_from_JSON()
    {
        // The schema of an interface is empty, so the error must be reported when the method is mapped, and not only
        // when the first job fails.
        Assert.Contains("'shape' (IShape) cannot be bound", Refusal((IShape shape) => 1), StringComparison.Ordinal);
        Assert.Contains(
            "'shapes' (Dictionary`2) cannot be bound: IShape cannot be deserialized",
            Refusal((Dictionary<string, IShape[]> shapes) => 1),
            StringComparison.Ordinal
        );
    }
}
