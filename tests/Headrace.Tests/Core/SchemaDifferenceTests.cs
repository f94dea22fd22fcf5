using Headrace.Core.Dispatch;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class SchemaDifferenceTests
{
    [Theory]
    [InlineData("""{"type":"string"}""", """{"type":"number"}""", "$.type changed from \"string\" to \"number\"")]
    [InlineData("""{"a":{"b":1}}""", """{"a":{}}""", "$.a.b was removed")]
    [InlineData("""{}""", """{"a":1}""", "$.a was added")]
    [InlineData("""{"a":1,"b":2}""", """{"b":2,"a":1}""", null)]
    public void The_first_difference_is_named(string before, string after, string? difference) =>
        Assert.Equal(difference, SchemaDifference.Find(before, after));

    /// <summary>
    /// A store from an earlier version can contain such a schema. The broker compares it with each offer from a worker,
    /// and an exception in the broker would end the server.
    /// </summary>
    [Theory]
    [InlineData("{ no schema")]
    [InlineData("")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"a":{"\udc00":{}}}""")]
    public void A_schema_that_is_not_valid_JSON_differs_from_every_other(string stored)
    {
        const string Offered = """{"a":{"b":1}}""";

        Assert.NotNull(SchemaDifference.Find(stored, Offered));
        Assert.NotNull(SchemaDifference.Find(Offered, stored));
        Assert.Null(SchemaDifference.Find(stored, stored));
    }
}
