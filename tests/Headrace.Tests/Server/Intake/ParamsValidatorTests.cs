using System.Text;
using Headrace.Server.Intake;
using Xunit;

namespace Headrace.Tests.Server.Intake;

public sealed class ParamsValidatorTests
{
    private const string Sha512 = """
        {
          "type": "object",
          "properties": {"iterations": {"type": "integer", "minimum": 1, "maximum": 1000000, "default": 1}},
          "required": ["iterations"],
          "additionalProperties": false
        }
        """;

    private const string Number = """{"type":"object","properties":{"x":{"type":"number","minimum":-1000}}}""";

    private const string Rich = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "type": "object",
          "properties": {
            "name": {"type": ["string", "null"], "minLength": 2, "maxLength": 4, "pattern": "^[a-z]+$"},
            "ratio": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            "step": {"type": "integer", "multipleOf": 5},
            "on": {"type": "boolean"},
            "model": {"enum": ["ets", "arima", 3]},
            "series": {"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": 3, "uniqueItems": true},
            "point": {"$ref": "#/$defs/point"},
            "either": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
            "when": {"type": "string", "format": "date-time"}
          },
          "$defs": {
            "point": {
              "type": "object",
              "properties": {"x": {"type": "integer"}},
              "required": ["x"],
              "additionalProperties": false
            }
          }
        }
        """;

    [Theory]
    [InlineData(Sha512, """{"iterations":5}""")]
    [InlineData(Sha512, """{"iterations":1000000}""")]
    [InlineData(Rich, """{}""")]
    [InlineData(Rich, "")]
    [InlineData(
        Rich,
        """{"name":null,"ratio":0.5,"step":10,"on":false,"model":3,"series":[1,2.5],"point":"""
            + """{"x":1},"either":true,"when":"soon","further":1}"""
    )]
    [InlineData(Rich, """{"step":9223372036854775805}""")]
    [InlineData(Number, """{"x":100000000000000000000000000000000000000000}""")]
    [InlineData(Number, """{"x":1e308}""")]
    [InlineData(Number, """{"x":-1e-400}""")]
    [InlineData("{}", """{"anything":[{}]}""")]
    [InlineData("", """{"anything":1}""")]
    public void Valid_params_have_no_errors(string schema, string parameters) =>
        Assert.Empty(Check(schema, parameters));

    [Theory]
    [InlineData(Sha512, "", "$.iterations is required")]
    [InlineData(Sha512, """{"iterations":"five"}""", "$.iterations is \"five\"; it must be a whole number")]
    [InlineData(Sha512, """{"iterations":1.5}""", "$.iterations is 1.5; it must be a whole number")]
    [InlineData(Sha512, """{"iterations":0}""", "$.iterations is 0; it must be at least 1")]
    [InlineData(Sha512, """{"iterations":-3}""", "$.iterations is -3; it must be at least 1")]
    [InlineData(Sha512, """{"iterations":1000001}""", "$.iterations is 1000001; it must be at most 1000000")]
    [InlineData(Sha512, """{"iterations":1e3}""", "$.iterations is 1e3; it must be a whole number")]
    [InlineData(Sha512, """{"iterations":1e400}""", "$.iterations is 1e400; it must be a whole number")]
    [InlineData(Number, """{"x":-1e40}""", "$.x is -1e40; it must be at least -1000")]
    [InlineData(
        Sha512,
        """{"iterations":5,"rounds":2}""",
        "$.rounds is not defined in the schema. Valid parameters: iterations."
    )]
    [InlineData(Rich, """{"name":"a"}""", "$.name is \"a\"; it must be at least 2 characters long")]
    [InlineData(Rich, """{"name":"abcde"}""", "$.name is \"abcde\"; it must be at most 4 characters long")]
    [InlineData(Rich, """{"name":"AB"}""", "$.name is \"AB\"; it must be a string that matches ^[a-z]+$")]
    [InlineData(Rich, """{"name":7}""", "$.name is 7; it must be one of the types string, null")]
    [InlineData(Rich, """{"ratio":0}""", "$.ratio is 0; it must be greater than 0")]
    [InlineData(Rich, """{"ratio":1}""", "$.ratio is 1; it must be less than 1")]
    [InlineData(Rich, """{"step":7}""", "$.step is 7; it must be a multiple of 5")]
    [InlineData(Rich, """{"on":"yes"}""", "$.on is \"yes\"; it must be true or false")]
    [InlineData(Rich, """{"model":"naive"}""", "$.model is \"naive\"; it must be one of: \"ets\", \"arima\", 3")]
    [InlineData(Rich, """{"series":[]}""", "$.series must have at least 1 items")]
    [InlineData(Rich, """{"series":[1,2,3,4]}""", "$.series must have at most 3 items")]
    [InlineData(Rich, """{"series":[1,1]}""", "$.series must not contain duplicate items")]
    [InlineData(Rich, """{"series":[1,"x"]}""", "$.series[1] is \"x\"; it must be a number")]
    [InlineData(Rich, """{"point":{"x":"left"}}""", "$.point.x is \"left\"; it must be a whole number")]
    [InlineData(Rich, """{"point":{}}""", "$.point.x is required")]
    [InlineData(
        Rich,
        """{"either":"maybe"}""",
        "$.either is \"maybe\"; it must be one of the alternatives in the schema"
    )]
    public void An_error_states_the_path_the_value_and_the_requirement(
        string schema,
        string parameters,
        string words
    ) => Assert.Equal([words], Check(schema, parameters));

    [Fact]
    public void Every_error_is_reported() =>
        Assert.Equal(
            ["$.on is 1; it must be true or false", "$.step is 7; it must be a multiple of 5"],
            (Check(Rich, """{"on":1,"step":7}""")).Order()
        );

    [Fact]
    public void An_integer_beyond_64_bits_is_still_an_integer() =>
        Assert.Equal(
            ["$.iterations is 99999999999999999999999999; it must be at most 1000000"],
            Check(Sha512, """{"iterations":99999999999999999999999999}""")
        );

    [Fact]
    public void Many_errors_are_counted_but_not_all_listed()
    {
        var parameters = $"{{\"iterations\":1,{string.Join(",", Enumerable.Range(0, 30).Select(i => $"\"p{i}\":1"))}}}";

        var faults = Check(Sha512, parameters);

        Assert.Equal(21, faults.Count);
        Assert.Equal("$ has 10 more errors", faults[^1]);
    }

    [Fact]
    public void A_long_value_is_quoted_only_in_part()
    {
        var fault = Assert.Single(Check(Sha512, $"{{\"iterations\":\"{new string('9', 5_000)}\"}}"));

        Assert.True(fault.Length < 200, fault);
        Assert.Contains("999…", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"properties":{"a":{"$ref":"file:///etc/hostname"}}}""", "refers to 'file:///etc/hostname'")]
    [InlineData("""{"not":{"$ref":"#"}}""", "refers to itself")]
    [InlineData("""{"type":"objekt"}""", "is not valid at #/type")]
    [InlineData("{ this is no schema", "is not valid JSON")]
    public void A_stored_schema_that_cannot_be_evaluated_is_quarantined_and_its_jobs_are_rejected(
        string schema,
        string words
    )
    {
        var fault = Assert.Single(Check(schema, """{"a":1}"""));

        Assert.StartsWith("$ cannot be validated, because the schema of the method ", fault, StringComparison.Ordinal);
        Assert.Contains(words, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_that_could_backtrack_for_ever_is_matched_in_linear_time() =>
        Assert.Single(
            Check(
                """{"properties":{"a":{"type":"string","pattern":"^(x+x+)+y$"}}}""",
                $"{{\"a\":\"{new string('x', 5_000)}\"}}"
            )
        );

    [Theory]
    [InlineData(
        """{"properties":{"pattern":{"type":"integer"},"format":{"type":"integer"}}}""",
        """{"pattern":"x","format":"x"}""",
        2
    )]
    [InlineData("""{"properties":{"a":{"enum":[{"pattern":"["}]}}}""", """{"a":{"pattern":"["}}""", 0)]
    [InlineData("""{"properties":{"a":{"items":{"pattern":"^a"}}}}""", """{"a":["b","a"]}""", 1)]
    [InlineData(
        """{"properties":{"a":{"pattern":"^a"},"b":{"pattern":"^b"}},"additionalProperties":{"pattern":"^c"}}""",
        """{"a":"x","b":"x","c":"x"}""",
        3
    )]
    public void Patterns_are_found_everywhere_a_schema_allows_them_and_nowhere_else(
        string schema,
        string parameters,
        int faults
    ) => Assert.Equal(faults, (Check(schema, parameters)).Count);

    [Fact]
    public void Strings_that_contain_dates_are_kept_unchanged() =>
        Assert.Equal(
            ["$.day is \"2030-01-31T12:00:00Z\"; it must be a string that matches ^x"],
            Check("""{"properties":{"day":{"type":"string","pattern":"^x"}}}""", """{"day":"2030-01-31T12:00:00Z"}""")
        );

    /// <summary>
    /// The validator caches valid params by schema and text. Other params overwrite its few cache slots, but each
    /// result must still be the correct one for the params that were passed.
    /// </summary>
    [Fact]
    public void Params_that_were_validated_before_get_the_same_answer_again()
    {
        var validator = new ParamsValidator();
        for (var i = 0; i < 2_000; i++)
        {
            var value = i % 333;
            var (iterations, x) = ($$"""{"iterations":{{value}}}""", $$"""{"x":{{value - 1_100}}}""");
            Assert.Equal(value < 1 ? 1 : 0, Faults(Sha512, iterations));
            Assert.Equal(1, Faults(Sha512, x) > 0 ? 1 : 0);
            Assert.Equal(value < 100 ? 1 : 0, Faults(Number, x));
            Assert.Equal(0, Faults(Number, iterations));
        }

        int Faults(string schema, string parameters) =>
            validator.Check(schema, Encoding.UTF8.GetBytes(parameters)).Count;
    }

    private static IReadOnlyList<string> Check(string schema, string parameters) =>
        [
            .. new ParamsValidator()
                .Check(schema, Encoding.UTF8.GetBytes(parameters))
                .Select(fault => $"{fault.Path} {fault.Message}"),
        ];
}
