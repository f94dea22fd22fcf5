using System.Text;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Protocol.Json;

public sealed class TextParamsTests
{
    private const string Schema = """
        {
          "type": "object",
          "properties": {
            "count": {"type": "integer"},
            "ratio": {"type": "number"},
            "on": {"type": "boolean"},
            "name": {"type": "string"},
            "maybe": {"type": ["integer", "null"]},
            "point": {"$ref": "#/$defs/point"},
            "series": {"type": "array", "items": {"type": "number"}},
            "model": {"enum": ["ets", "3"]},
            "level": {"anyOf": [{"type": "number"}, {"type": "string"}]},
            "circle": {"$ref": "#/$defs/circle"},
            "fixed": {"const": true}
          },
          "$defs": {"point": {"type": "object"}, "circle": {"$ref": "#/$defs/circle"}}
        }
        """;

    [Theory]
    [InlineData("count", "5", "5")]
    [InlineData("count", "-5", "-5")]
    [InlineData("count", "+5", "\"\\u002B5\"")]
    [InlineData("count", "05", "\"05\"")]
    [InlineData("count", "five", "\"five\"")]
    [InlineData("count", "true", "\"true\"")]
    [InlineData("count", "", "\"\"")]
    [InlineData("count", "99999999999999999999999999", "99999999999999999999999999")]
    [InlineData("ratio", "0.5", "0.5")]
    [InlineData("ratio", "1e-3", "1e-3")]
    [InlineData("ratio", "NaN", "\"NaN\"")]
    [InlineData("on", "true", "true")]
    [InlineData("on", "True", "\"True\"")]
    [InlineData("on", "1", "\"1\"")]
    [InlineData("name", "5", "\"5\"")]
    [InlineData("name", "true", "\"true\"")]
    [InlineData("name", "\"quoted\"", "\"\\u0022quoted\\u0022\"")]
    [InlineData("maybe", "null", "null")]
    [InlineData("maybe", "5", "5")]
    [InlineData("point", "{\"x\":1}", "{\"x\":1}")]
    [InlineData("point", "{\"x\":", "\"{\\u0022x\\u0022:\"")]
    [InlineData("series", "[1,2]", "[1,2]")]
    [InlineData("series", "1", "\"1\"")]
    [InlineData("model", "3", "\"3\"")]
    [InlineData("level", "3", "3")]
    [InlineData("level", "high", "\"high\"")]
    [InlineData("fixed", "true", "true")]
    [InlineData("circle", "1", "1")]
    [InlineData("unknown", "1", "1")]
    [InlineData("unknown", "word", "\"word\"")]
    [InlineData("unknown", "\"1\"", "\"\\u00221\\u0022\"")]
    public void A_value_is_read_as_a_type_that_the_schema_allows_or_else_as_text(
        string name,
        string value,
        string json
    ) => Assert.Equal($"{{\"{name}\":{json}}}", Read(Schema, (name, value)));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("no schema {")]
    [InlineData("true")]
    public void Without_a_usable_schema_valid_JSON_is_read_as_JSON_and_the_rest_as_text(string? schema) =>
        Assert.Equal("{\"a\":1,\"b\":\"x\"}", Read(schema, ("a", "1"), ("b", "x")));

    [Fact]
    public void A_property_inside_an_alternative_is_found() =>
        Assert.Equal("{\"n\":\"5\"}", Read("""{"allOf":[{"properties":{"n":{"type":"string"}}}]}""", ("n", "5")));

    [Fact]
    public void Without_pairs_there_are_no_params() => Assert.Equal("", Read(Schema));

    private static string Read(string? schema, params (string Name, string Value)[] pairs) =>
        Encoding.UTF8.GetString(TextParams.Read(schema, [.. pairs.Select(p => KeyValuePair.Create(p.Name, p.Value))]));
}
