using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headrace.Worker;
using Xunit;

namespace Headrace.Tests.Worker.Methods;

public sealed class SchemaTests
{
    private enum Model
    {
        HoltWinters,
        Arima,
    }

    private sealed record Leg(string Name, [property: Range(0, 10)] double Strike, [Range(1, 5)] int Count = 1);

    private sealed record Tree(int Value, IReadOnlyList<Tree> Children);

    private static void IsSchema(string expected, Delegate method)
    {
        var actual = MethodRun.Schema(method);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), actual);
    }

    private static void IsProperty(string expected, Delegate method)
    {
        var actual = JsonNode.Parse(MethodRun.Schema(method))!["properties"]!["x"];

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual!.ToJsonString());
    }

    [Fact]
    public void Parameters_are_required_unless_they_have_a_default() =>
        IsSchema(
            """{"type":"object","properties":{"series":{"type":"array","items":{"type":"number"}}"""
                + ""","season":{"type":"integer","default":12},"label":{"type":["string","null"],"default":null}}"""
                + ""","required":["series"],"additionalProperties":false}""",
            (double[] series, int season = 12, string? label = null) => series.Length
        );

    [Fact]
    public void Injected_parameters_are_not_part_of_the_schema() =>
        IsSchema(
            """{"type":"object","properties":{},"additionalProperties":false}""",
            (ReadOnlyMemory<byte> body, JobContext job, CancellationToken stop) => body.Length
        );

    [Fact]
    public void A_range_limits_its_number() =>
        IsProperty("""{"type":"integer","minimum":1,"maximum":1000000}""", ([Range(1, 1_000_000)] int x) => x);

    [Fact]
    public void An_exclusive_range_is_marked_as_exclusive() =>
        IsProperty(
            """{"type":"number","exclusiveMinimum":0,"maximum":0.5}""",
            ([Range(0.0, 0.5, MinimumIsExclusive = true)] double x) => x
        );

    [Fact]
    public void An_infinite_bound_is_omitted() =>
        IsProperty("""{"type":"number","minimum":0}""", ([Range(0.0, double.PositiveInfinity)] double x) => x);

    [Fact]
    public void A_decimal_range_keeps_its_digits() =>
        IsProperty(
            """{"type":"number","minimum":0.1,"maximum":0.9}""",
            ([Range(typeof(decimal), "0.1", "0.9")] decimal x) => x
        );

    [Fact]
    public void Text_is_limited_by_length_pattern_and_values()
    {
        IsProperty(
            """{"type":"string","minLength":2,"maxLength":8}""",
            ([StringLength(8, MinimumLength = 2)] string x) => x
        );
        IsProperty(
            """{"type":"string","pattern":"^(?:[a-z]\u002B|-)$"}""",
            ([RegularExpression("[a-z]+|-")] string x) => x
        );
        IsProperty("""{"type":"string","enum":["call","put"]}""", ([AllowedValues("call", "put")] string x) => x);
    }

    [Fact]
    public void Lists_are_limited_by_their_number_of_items() =>
        IsProperty(
            """{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":3}""",
            ([Length(1, 3)] int[] x) => x.Length
        );

    [Fact]
    public void An_enum_lists_its_names() =>
        IsProperty("""{"enum":["holtWinters","arima"],"default":"arima"}""", (Model x = Model.Arima) => x);

    [Fact]
    public void A_nullable_number_may_be_null() => IsProperty("""{"type":["integer","null"]}""", (int? x) => x);

    [Fact]
    public void A_description_is_copied_to_the_schema() =>
        IsProperty("""{"type":"integer","description":"How many."}""", ([Description("How many.")] int x) => x);

    [Fact]
    public void A_record_is_an_object_with_its_own_limits() =>
        IsProperty(
            """{"type":"object","properties":{"name":{"type":"string"}"""
                + ""","strike":{"type":"number","minimum":0,"maximum":10}"""
                + ""","count":{"type":"integer","default":1,"minimum":1,"maximum":5}}"""
                + ""","required":["name","strike"],"additionalProperties":false}""",
            (Leg x) => x.Name
        );

    [Fact]
    public void A_recursive_type_refers_to_itself_inside_the_methods_schema() =>
        IsProperty(
            """{"type":"object","properties":{"value":{"type":"integer"}"""
                + ""","children":{"type":"array","items":{"$ref":"#/properties/x"}}}"""
                + ""","required":["value","children"],"additionalProperties":false}""",
            (Tree x) => x.Value
        );

    [Fact]
    public void A_dictionary_accepts_any_name() =>
        IsProperty(
            """{"type":"object","additionalProperties":{"type":"number"}}""",
            (Dictionary<string, double> x) => x.Count
        );

    [Fact]
    public void Any_JSON_is_accepted_for_a_JSON_parameter() => IsProperty("{}", (JsonElement x) => x.ToString());

    [Fact]
    public void The_same_signature_produces_the_same_schema_text() =>
        Assert.Equal(MethodRun.Schema((int a, Leg b) => a), MethodRun.Schema((int a, Leg b) => b.Count));
}
