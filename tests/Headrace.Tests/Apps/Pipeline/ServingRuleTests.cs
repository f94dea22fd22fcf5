using System.Text;
using System.Text.Json;
using Headrace.Apps.Pipeline.Chains;
using Headrace.Apps.Pipeline.Messages;
using Headrace.Apps.Pipeline.Serving;
using Headrace.Commands;
using Xunit;

namespace Headrace.Tests.Apps.Pipeline;

public sealed class ServingRuleTests
{
    private static readonly ServedRequest Served = new("m5", new PipelineRequest("simulate", 100), 1);

    [Fact]
    public void A_value_is_answered_in_the_form_of_the_seed()
    {
        var turn = ServingRule.Decide(Served, Ended("""{"param":100,"value":12,"ranks":1,"mpi":null}"""), ("7", 1));

        Assert.Equal("[100,12]", Text(turn.Response));
        Assert.Null(turn.Again);
        Assert.False(turn.HasFailed);
    }

    [Theory]
    [InlineData("""{"energy":-1.5}""", """[{"x":1},{"energy":-1.5}]""")]
    [InlineData("done\n", """[{"x":1},"done\n"]""")]
    public void Another_method_is_answered_with_its_params_and_its_whole_result(string result, string response)
    {
        var request = new PipelineRequest("NWChem", null) { Params = JsonElement.Parse("""{"x":1}""") };

        var turn = ServingRule.Decide(Served with { Request = request }, Ended(result), ("7", 1));

        Assert.Equal(response, Text(turn.Response));
    }

    [Theory]
    [InlineData("\"\\ud800\"", "lone surrogate")]
    [InlineData("{\"\\ud800\":1}", "lone surrogate")]
    [InlineData("{\"a\":1,\"a\":2}", "two members with the same name")]
    public void A_result_that_readers_of_JSON_would_reject_is_answered_with_an_envelope(string result, string fault)
    {
        var named = Served with { Request = new PipelineRequest("NWChem", 1) };

        var whole = ServingRule.Decide(named, Ended(result), ("7", 1));
        var value = ServingRule.Decide(Served with { Try = ChainRule.MaxTries }, Ended(result), ("7", 1));

        Assert.True(whole.HasFailed);
        Assert.Contains("\"type\":\"bad-result\"", Text(whole.Response), StringComparison.Ordinal);
        Assert.Contains(fault, Text(whole.Response), StringComparison.Ordinal);
        Assert.True(value.HasFailed);
    }

    [Fact]
    public void A_result_that_is_neither_JSON_nor_text_is_answered_as_base64()
    {
        var named = Served with { Request = new PipelineRequest("NWChem", 1) };

        var turn = ServingRule.Decide(
            named,
            new StepOutcome(new byte[] { 0xFF, 0 }, null) { ResultType = "image/png" },
            ("7", 1)
        );

        Assert.Equal("""[1,{"resultType":"image/png","resultBase64":"/wA="}]""", Text(turn.Response));
    }

    [Fact]
    public void An_envelope_omits_params_that_are_long_or_cannot_be_written_and_cuts_long_texts()
    {
        var surrogate = new PipelineRequest("NWChem", null) { Params = JsonElement.Parse("""{"a":"\ud800"}""") };
        var large = new PipelineRequest(string.Concat(Enumerable.Repeat("\U0001F30A", 9_999)), null)
        {
            Params = JsonSerializer.SerializeToElement(new { a = new string('x', 900_000) }),
        };

        Assert.Equal(
            """{"method":"NWChem","error":{"type":"t","message":"m"}}""",
            Text(ResponseWriter.Failure(surrogate, ("t", "m"), null))
        );
        Assert.InRange(ResponseWriter.UnknownMethod(large, ["simulate"]).Length, 1_000, 20_000);
    }

    [Fact]
    public void A_failed_job_is_answered_with_an_envelope_that_names_the_job_and_its_attempts()
    {
        var turn = ServingRule.Decide(Served, new StepOutcome(default, "failed (timeout): hung"), ("7", 4));

        Assert.True(turn.HasFailed);
        Assert.Equal(
            """{"method":"simulate","param":100,"error":{"type":"job-failed","message":"failed (timeout): hung"},"""
                + "\"job\":\"7\",\"attempts\":4}",
            Text(turn.Response)
        );
    }

    [Fact]
    public void Rubbish_is_repeated_as_another_job_and_then_answered_with_an_envelope()
    {
        var turn = ServingRule.Decide(Served, Ended("nonsense"), ("7", 1));
        var last = ServingRule.Decide(Served with { Try = ChainRule.MaxTries }, Ended("nonsense"), ("9", 1));

        Assert.Equal(Served with { Try = 2 }, turn.Again);
        Assert.Null(turn.Response);
        Assert.NotEqual(Served.KeyIn("r"), turn.Again!.KeyIn("r"));
        Assert.Equal(Served.ResponseKeyIn("r"), turn.Again.ResponseKeyIn("r"));
        Assert.Null(last.Again);
        Assert.Contains("\"type\":\"bad-result\"", Text(last.Response), StringComparison.Ordinal);
        Assert.Contains("'nonsense'", Text(last.Response), StringComparison.Ordinal);
    }

    [Fact]
    public void The_envelope_of_an_unknown_method_lists_what_is_registered()
    {
        var table = MethodTable.Read("pipeline.simulate", ["NWChem=nwchem@2", "score"]);

        var envelope = ResponseWriter.UnknownMethod(new PipelineRequest("DFT", 1), table.Names);

        Assert.Equal(
            ["pipeline.simulate", "nwchem@2", "score", null],
            new[] { "simulate", "NWChem", "score", "DFT" }.Select(table.Find)
        );
        Assert.Equal(
            """{"method":"DFT","param":1,"error":{"type":"unknown-method","message":"The method 'DFT' is not """
                + """registered. Registered methods: NWChem, score, simulate."}}""",
            Text(envelope)
        );
    }

    [Theory]
    [InlineData("NWChem=")]
    [InlineData("=nwchem")]
    [InlineData("NWChem=Not A Method")]
    [InlineData("NWChem")]
    public void A_registration_that_is_not_valid_is_refused(string registration) =>
        Assert.Contains(
            registration,
            Assert.Throws<UsageException>(() => MethodTable.Read("pipeline.simulate", [registration])).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void The_envelope_of_an_unreadable_message_contains_it()
    {
        Assert.Equal(
            """{"message":"abc","error":{"type":"bad-message","message":"not JSON"}}""",
            Text(ResponseWriter.Unreadable("abc"u8.ToArray(), "not JSON"))
        );
        Assert.InRange(ResponseWriter.Unreadable(new byte[1_000_000], "x").Length, 1_000, 10_000);
    }

    [Fact]
    public void Tags_and_params_keep_a_request()
    {
        var named = Served with
        {
            Request = new PipelineRequest("NWChem", null) { Params = JsonElement.Parse("""{"x":1}""") },
            Try = 3,
        };

        Assert.Equal(Served, RequestTags.Read(RequestTags.Write(Served, "r"), null, "r"));
        var read = RequestTags.Read(RequestTags.Write(named, "r"), named.Request.Params, "r")!;
        Assert.Equal(("NWChem", 3, "{\"x\":1}"), (read.Request.Method, read.Try, read.Request.Params?.GetRawText()));
        Assert.Null(RequestTags.Read(RequestTags.Write(Served, "r"), null, "another"));
    }

    private static StepOutcome Ended(string result) => new(Encoding.UTF8.GetBytes(result), null);

    private static string Text(ReadOnlyMemory<byte>? bytes) => Encoding.UTF8.GetString(bytes!.Value.Span);
}
