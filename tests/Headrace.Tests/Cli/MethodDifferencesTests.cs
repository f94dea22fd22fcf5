using System.Text.Json;
using Headrace.Cli.Commands.Methods;
using Headrace.Protocol.Json;
using Headrace.Tests.Worker.Manifests;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>
/// Tests which changes to a manifest require a new version. These are exactly the changes that the server would reject
/// (R22).
/// </summary>
public sealed class MethodDifferencesTests
{
    private static readonly MethodReply Known = new(
        "m",
        1,
        JsonElement.Parse("""{"type":"object","properties":{"a":{"type":"number"}}}"""),
        Workers: 2
    )
    {
        ResultSchema = JsonElement.Parse("""{"type":"number"}"""),
    };

    [Theory]
    [InlineData("", "")]
    [InlineData(""" "slots": 3 """, "slots is 3 instead of 1")]
    [InlineData(""" "exclusive": true """, "exclusive is true instead of false")]
    [InlineData(""" "onLost": "fail" """, "onLost is fail instead of retry, exclusive is true instead of false")]
    [InlineData(
        """ "result": {"type": "string"} """,
        "in the result schema, $.type changed from \"number\" to \"string\""
    )]
    // Settings that affect how a worker runs the job, but not the meaning of the job, may change.
    [InlineData(""" "timeLimit": "1m", "memory": "1GB", "stopGrace": "1s", "warm": {"batch": 7} """, "")]
    public void A_property_that_the_server_compares_is_named_with_both_values_R22(string member, string differences) =>
        Assert.Equal(differences, Differences(Known, member));

    [Fact]
    public void The_place_of_a_difference_in_the_params_schema_is_named_R22() =>
        Assert.Equal(
            "in the params schema, $.properties.a.type changed from \"number\" to \"string\"",
            string.Join(
                ", ",
                MethodDifferences.Between(
                    Known,
                    Manifest.Valid(
                        """{"name":"m","argv":["x"],"params":{"type":"object","properties":{"a":{"type":"string"}}}}"""
                    )
                )
            )
        );

    [Theory]
    [InlineData("2", 2, "")]
    [InlineData("2", 3, "ranks is 2 instead of 3")]
    [InlineData("\"2..4\"", 2, "")]
    [InlineData("\"2..4\"", 4, "")]
    [InlineData("\"2..4\"", 5, "ranks is 2..4 instead of 5")]
    public void An_MPI_method_takes_a_slot_for_each_rank_R22(string ranks, int slots, string difference)
    {
        var known = Known with { Slots = slots };

        Assert.Equal(difference, Differences(known, $$""" "mpi": {"ranks": {{ranks}} } """));
        Assert.Equal(difference, Differences(known, $$""" "mpi": {"ranks": {{ranks}} }, "warm": {"batch": 8} """));
    }

    [Fact]
    public void Without_workers_only_the_schemas_count_R22()
    {
        var unused = Known with { Workers = 0 };

        Assert.Equal("", Differences(unused, """ "slots": 3, "onLost": "fail" """));
        Assert.Equal(
            "in the result schema, $.type changed from \"number\" to \"string\"",
            Differences(unused, """ "result": {"type": "string"}, "slots": 3 """)
        );
    }

    [Fact]
    public void The_limits_of_a_method_that_is_not_a_program_are_compared_as_well_R22() =>
        Assert.Equal(
            "maxWorkerCrashes is 2 instead of 7, maxLostLeases is 5 instead of 1",
            Differences(Known with { MaxWorkerCrashes = 7, MaxLostLeases = 1 }, "")
        );

    private static string Differences(MethodReply known, string member) =>
        string.Join(
            ", ",
            MethodDifferences.Between(
                known,
                Manifest.Valid(
                    $$"""
                    {
                      "name": "m",
                      "argv": ["x"],
                      {{(member.Length > 0 ? member + "," : "")}}
                      "params": {"type": "object", "properties": {"a": {"type": "number"} } }
                    }
                    """
                )
            )
        );
}
