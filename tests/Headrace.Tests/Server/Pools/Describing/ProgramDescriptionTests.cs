using Headrace.Core.Dispatch;
using Headrace.Server.Pools.Describing;
using Xunit;

namespace Headrace.Tests.Server.Pools.Describing;

public sealed class ProgramDescriptionTests
{
    [Fact]
    public void Methods_are_read_with_their_schemas_and_slots_and_further_members_are_ignored()
    {
        var description = ProgramDescription.Read(
            """
            { "program": "score", "methods": [
                { "name": "score", "version": 2, "schema": {"type": "object"}, "resultSchema": {"type": "number"},
                  "slots": 4, "options": ["exclusive"] },
                { "name": "ping" } ] }
            """
        );

        Assert.Empty(description.Invalid);
        Assert.Equal(
            [("score", 2, """{"type":"object"}""", """{"type":"number"}""", 4), ("ping", 1, "", "", 1)],
            description.Offers.Select(o => (o.Method.Text, o.Version, o.Schema, o.ResultSchema, o.Slots))
        );
    }

    [Fact]
    public void The_loss_policy_is_read_so_that_a_registration_does_not_conflict_with_running_workers()
    {
        var description = ProgramDescription.Read(
            """
            {"methods":[
                {"name":"a","onLost":"fail","maxWorkerCrashes":0,"maxLostLeases":9},
                {"name":"b","onLost":"retry","exclusive":true},{"name":"c"}]}
            """
        );

        Assert.Equal(
            [
                new LossPolicy
                {
                    FailWhenLost = true,
                    Exclusive = true,
                    MaxWorkerCrashes = 0,
                    MaxLostLeases = 9,
                },
                LossPolicy.Default with { Exclusive = true },
                LossPolicy.Default,
            ],
            description.Offers.Select(offer => offer.LossPolicy)
        );
    }

    [Fact]
    public void A_method_with_an_unusable_schema_does_not_affect_the_others()
    {
        var description = ProgramDescription.Read(
            """{"methods":[{"name":"bad","schema":{"type":"no-type"}},{"name":"good","schema":{}}]}"""
        );

        Assert.Equal(["good"], description.Offers.Select(offer => offer.Method.Text));
        var (method, why) = Assert.Single(description.Invalid);
        Assert.Equal("bad@1", method.ToString());
        Assert.Contains("bad@1 cannot be offered: its schema ", why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it is not JSON")]
    [InlineData("hello", "it is not JSON")]
    [InlineData("[]", "it has no array 'methods'")]
    [InlineData("""{"methods":{}}""", "it has no array 'methods'")]
    [InlineData("""{"methods":["score"]}""", "methods[0] is not an object")]
    [InlineData("""{"methods":[{}]}""", "methods[0].name is ''")]
    [InlineData("""{"methods":[{"name":"a"},{"name":"A b"}]}""", "methods[1].name is 'A b'")]
    [InlineData("""{"methods":[{"name":"a","version":0}]}""", "methods[0].version is 0")]
    [InlineData("""{"methods":[{"name":"a","slots":"4"}]}""", "methods[0].slots is \"4\"")]
    [InlineData("""{"methods":[{"name":"a","slots":1025}]}""", "methods[0].slots is 1025, but a job can take at most")]
    [InlineData("""{"methods":[{"name":"a","onLost":"stop"}]}""", "methods[0].onLost is \"stop\", which is neither")]
    [InlineData("""{"methods":[{"name":"a","exclusive":1}]}""", "methods[0].exclusive is 1, which is not true or")]
    [InlineData("""{"methods":[{"name":"a","maxLostLeases":0}]}""", "methods[0].maxLostLeases is 0")]
    [InlineData("""{"methods":[{"name":"a"},{"name":"a","version":1}]}""", "methods[1] describes a@1 a second time")]
    public void A_faulty_description_is_rejected_naming_the_place(string text, string expected)
    {
        var fault = Assert.Throws<FormatException>(() => ProgramDescription.Read(text));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }
}
