using System.Text;
using Headrace.Server.Schemas;
using Xunit;

namespace Headrace.Tests.Server.Schemas;

public sealed class JsonSchemaTests
{
    [Theory]
    [InlineData("""{"$ref":"#"}""", "refers to itself")]
    [InlineData("""{"not":{"$ref":"#"}}""", "refers to itself")]
    [InlineData("""{"allOf":[{"$ref":"#"}]}""", "refers to itself")]
    [InlineData("""{"anyOf":[{"type":"object"},{"$ref":"#"}]}""", "refers to itself")]
    [InlineData("""{"oneOf":[{"$ref":"#"}]}""", "refers to itself")]
    [InlineData("""{"if":{"$ref":"#"}}""", "refers to itself")]
    [InlineData("""{"if":true,"then":{"$ref":"#"}}""", "refers to itself")]
    [InlineData("""{"dependentSchemas":{"a":{"$ref":"#"}}}""", "refers to itself")]
    [InlineData("""{"properties":{"x":{"$ref":"#/properties/x"}}}""", "refers to itself")]
    [InlineData("""{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"not":{"$ref":"#/$defs/a"}}}}""", "refers to itself")]
    [InlineData("""{"$id":"urn:x","$ref":"urn:x"}""", "refers to itself")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "there is no '#/$defs/none' in the schema")]
    [InlineData("""{"$ref":"#anchor"}""", "there is no '#anchor' in the schema")]
    [InlineData("""{"$ref":7}""", "it must be a string")]
    [InlineData("""{"properties":{"a":{"$ref":"file:///etc/hostname"}}}""", "only references within the schema")]
    [InlineData("""{"properties":{"a":{"$ref":"http://127.0.0.1:1/s.json"}}}""", "only references within the schema")]
    [InlineData("""{"properties":{"a":{"$ref":"other.json"}}}""", "only references within the schema")]
    [InlineData("""{"type":"objekt"}""", "it must be one or more of null, boolean, integer")]
    [InlineData("""{"type":[]}""", "it must be one or more of null")]
    [InlineData("""{"type":["string",7]}""", "it must be one or more of null")]
    [InlineData("""{"multipleOf":0}""", "it must be a number greater than 0")]
    [InlineData("""{"multipleOf":-1}""", "it must be a number greater than 0")]
    [InlineData("""{"multipleOf":"2"}""", "it must be a number")]
    [InlineData("""{"minimum":"1"}""", "it must be a number")]
    [InlineData("""{"exclusiveMaximum":null}""", "it must be a number")]
    [InlineData("""{"minLength":-1}""", "it must be a whole number of 0 or more")]
    [InlineData("""{"maxItems":1.5}""", "it must be a whole number of 0 or more")]
    [InlineData("""{"required":"a"}""", "it must be an array of names")]
    [InlineData("""{"required":[1]}""", "it must be an array of names")]
    [InlineData("""{"enum":1}""", "it must be an array")]
    [InlineData("""{"anyOf":[]}""", "it must be an array with at least one element")]
    [InlineData("""{"properties":[]}""", "it must be an object")]
    [InlineData("""{"properties":{"a":7}}""", "a schema must be an object or a boolean")]
    [InlineData("""{"items":"string"}""", "a schema must be an object or a boolean")]
    [InlineData("""{"$defs":{"a":{"type":"objekt"}}}""", "it must be one or more of null")]
    [InlineData("""{"uniqueItems":"yes"}""", "it must be true or false")]
    [InlineData("""{"pattern":"("}""", "is not a valid regular expression")]
    [InlineData("""{"patternProperties":{"[":{}}}""", "is not a valid regular expression")]
    [InlineData("""{"pattern":7}""", "it must be a string")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("true", "must be a JSON object")]
    [InlineData("{ this is no schema", "is not valid JSON")]
    [InlineData("""{"type":"object","type":"object"}""", "is not valid JSON")]
    [InlineData("""{"title":"\ud800"}""", "contains a lone surrogate")]
    [InlineData("""{"\udc00":1}""", "contains a lone surrogate")]
    public void A_schema_that_cannot_be_evaluated_is_rejected_with_the_place(string text, string words)
    {
        Assert.False(JsonSchema.TryRead(text, out _, out var fault));
        Assert.Contains(words, fault, StringComparison.Ordinal);
    }

    public static TheoryData<string> Enormous =>
        [
            // Each definition refers to the next one twice, so validating any value would take 2^18 steps.
            Chain(18, next => $$"""{"allOf":[{{next}},{{next}}]}"""),
            // Following this chain of 5,000 references would need 5,000 levels of recursion.
            Chain(5_000, next => next),
            $$"""{"title":"{{new string('x', 256 << 10)}}"}""",
            string.Concat(Enumerable.Repeat("{\"not\":", 5_000)) + "{}" + new string('}', 5_000),
            $$"""{"pattern":"{{new string('(', 2_000)}}"}""",
            "{\"patternProperties\":{"
                + string.Join(",", Enumerable.Range(0, 300).Select(i => $"\"^a{i}$\":true"))
                + "}}",
        ];

    /// <summary>Creates a schema with a chain of definitions, each of which refers to the next one.</summary>
    private static string Chain(int length, Func<string, string> part)
    {
        var parts = Enumerable.Range(0, length).Select(i => $"\"d{i}\":" + part($$"""{"$ref":"#/$defs/d{{i + 1}}"}"""));
        return $"{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{string.Join(",", parts)},\"d{length}\":{{}}}}}}";
    }

    [Theory]
    [MemberData(nameof(Enormous))]
    public void A_schema_that_would_need_unbounded_time_memory_or_stack_is_rejected(string text) =>
        Assert.False(JsonSchema.TryRead(text, out _, out _));

    [Theory]
    [InlineData("""{"patternProperties":{"^(a+)+$":{}},"additionalProperties":false}""", """{"KEY!":1}""")]
    [InlineData("""{"properties":{"a":{"pattern":"^(x+x+)+y$"}}}""", """{"a":"KEY!"}""")]
    [InlineData("""{"properties":{"a":{"pattern":"^(?=(a+)+$)a"}}}""", """{"a":"KEY!"}""")]
    [InlineData("""{"patternProperties":{"^(?=(a+)+$)":{}},"additionalProperties":false}""", """{"KEY!":1}""")]
    [InlineData("""{"propertyNames":{"pattern":"^(?!(a+)+$)"}}""", """{"KEY!":1}""")]
    [InlineData("""{"properties":{"a":{"not":{"pattern":"^(?=(a+)+$)a"}}}}""", """{"a":"KEY!"}""")]
    public void A_pattern_that_takes_too_long_counts_as_not_matching(string text, string parameters)
    {
        var long40 = new string('a', 40);

        Assert.NotEmpty(Validate(text, parameters.Replace("KEY", long40, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_value_that_needs_too_many_steps_is_rejected()
    {
        // Every node of the deeply nested value is validated against both alternatives of its parent, so the validation
        // would take 2^31 steps.
        var text =
            """{"anyOf":[{"properties":{"a":{"$ref":"#"}},"required":["z"]},{"properties":{"a":{"$ref":"#"}},"""
            + "\"required\":[\"y\"]}]}";
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 31)) + "1" + new string('}', 31);

        Assert.Equal([$"$ {SchemaRun.TooManySteps}"], Validate(text, deep));
    }

    [Fact]
    public void A_large_value_that_is_valid_has_enough_steps()
    {
        var text =
            """{"properties":{"a":{"items":{"type":"integer","minimum":0,"maximum":9,"multipleOf":1}}}}""";
        var parameters = $"{{\"a\":[{string.Join(',', Enumerable.Repeat('1', 500_000))}]}}";

        Assert.Empty(Validate(text, parameters));
    }

    [Theory]
    [InlineData("""{"properties":{"a":{"type":"integer","maximum":5}}}""", "at most 5")]
    [InlineData("""{"properties":{"a":{"type":"number","maximum":5}}}""", "at most 5")]
    [InlineData("""{"properties":{"a":{"enum":[1]}}}""", "it must be 1")]
    [InlineData("""{"properties":{"a":{"multipleOf":7}}}""", null)]
    [InlineData("""{"properties":{"a":{"type":"integer"}}}""", null)]
    [InlineData("""{"properties":{"a":{"uniqueItems":true}}}""", null)]
    public void A_number_of_any_length_is_compared_without_an_exception(string text, string? words)
    {
        var faults = Validate(text, $"{{\"a\":{new string('9', 1_000)}}}");

        Assert.Equal(words is null ? 0 : 1, faults.Count);
        Assert.Contains(words ?? "", string.Join("", faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"properties":{"a":{"const":1}}}""", """{"a":2}""", "$.a is 2; it must be 1")]
    [InlineData(
        """{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}""",
        """{"a":1}""",
        "$.b is required"
    )]
    [InlineData(
        """{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}""",
        "{}",
        "$.c is required"
    )]
    [InlineData(
        """{"properties":{"a":{"prefixItems":[{"type":"string"}],"items":false}}}""",
        """{"a":["x",1]}""",
        "$.a[1] is not allowed"
    )]
    [InlineData(
        """{"properties":{"a":{"items":[{"type":"string"}],"additionalItems":false}}}""",
        """{"a":["x",1]}""",
        "$.a[1] is not allowed"
    )]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """{"a":1}""", "$.b is required together with 'a'")]
    [InlineData("""{"dependencies":{"a":["b"]}}""", """{"a":1}""", "$.b is required together with 'a'")]
    [InlineData("""{"dependentSchemas":{"a":{"required":["c"]}}}""", """{"a":1}""", "$.c is required")]
    [InlineData(
        """{"propertyNames":{"pattern":"^[a-z]+$"}}""",
        """{"A":1}""",
        "$.A has a name that the schema does not allow"
    )]
    [InlineData(
        """{"patternProperties":{"^n_":{"type":"integer"}},"additionalProperties":false}""",
        """{"n_a":"x"}""",
        "$.n_a is \"x\"; it must be a whole number"
    )]
    [InlineData(
        """{"patternProperties":{"^n_":{"type":"integer"}},"additionalProperties":false}""",
        """{"b":1}""",
        "$.b is not defined in the schema. Its name must match ^n_."
    )]
    [InlineData(
        """{"properties":{"a":{"contains":{"const":1}}}}""",
        """{"a":[2,3]}""",
        "$.a has 0 items that match the 'contains' clause of the schema; it must have at least 1"
    )]
    [InlineData(
        """{"properties":{"a":{"minimum":1,"exclusiveMinimum":true}}}""",
        """{"a":1}""",
        "$.a is 1; it must be greater than 1"
    )]
    [InlineData(
        """{"properties":{"a":{"oneOf":[{"type":"integer"},{"minimum":0}]}}}""",
        """{"a":1}""",
        "$.a is 1; it must be only one of the alternatives"
    )]
    [InlineData(
        """{"properties":{"a":{"anyOf":[{"type":"null"},{"type":"integer","minimum":5}]}}}""",
        """{"a":1}""",
        "$.a is 1; it must be at least 5"
    )]
    [InlineData("""{"allOf":[{"required":["a"]},{"required":["b"]}]}""", """{"a":1}""", "$.b is required")]
    [InlineData("""{"minProperties":1}""", "{}", "$ must have at least 1 members")]
    [InlineData(
        """{"properties":{"a":{"$ref":"#part"}},"$defs":{"b":{"$anchor":"part","type":"null"}}}""",
        """{"a":1}""",
        "$.a is 1; it must be null"
    )]
    [InlineData(
        """{"properties":{"a":{"$ref":"#/$defs/x~1y%25"}},"$defs":{"x/y%":{"type":"null"}}}""",
        """{"a":1}""",
        "$.a is 1; it must be null"
    )]
    [InlineData(
        """{"properties":{"a":{"uniqueItems":true}}}""",
        """{"a":[{"x":[1]},{"x":[1.0]}]}""",
        "$.a must not contain duplicate items"
    )]
    [InlineData(
        """{"additionalProperties":{"$ref":"#"},"maxProperties":1}""",
        """{"a":{"b":1,"c":2}}""",
        "$.a must have at most 1 members"
    )]
    public void The_keywords_of_the_standard_apply(string text, string parameters, string words) =>
        Assert.Equal([words], Validate(text, parameters));

    private static IReadOnlyList<string> Validate(string text, string parameters)
    {
        Assert.True(JsonSchema.TryRead(text, out var schema, out var fault), fault);
        return
        [
            .. schema.Validate(Encoding.UTF8.GetBytes(parameters)).Select(error => $"{error.Path} {error.Message}"),
        ];
    }
}
