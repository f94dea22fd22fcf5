using System.Text.Json;
using Headrace.Apps.Benchop;
using Headrace.Core.Jobs;
using Headrace.Tests.Worker.Methods;
using Headrace.Worker;
using Headrace.Worker.Methods;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Tests.Apps;

public sealed class BenchopTests
{
    private static readonly Dictionary<string, Method> Methods = BenchopApp
        .Map(HeadraceWorker.Create([]))
        .ToDictionary(m => m.Name, m => m.Method);

    [Fact]
    public async Task A_price_comes_with_its_points_reference_and_error()
    {
        var answer = await AnswerAsync("benchop.closed", """{"problem":"1a","set":"S=95:105,sigma=0.2"}""");

        Assert.Equal([95, 105], Numbers(answer, "spots"));
        Assert.Equal(
            Numbers(answer, "reference"),
            Numbers(answer.GetProperty("cell"), "values"),
            (one, other) => Math.Abs((one / other) - 1) < 1e-10
        );
        Assert.InRange(answer.GetProperty("cell").GetProperty("error").GetDouble(), 0, 1e-10);
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("cell").GetProperty("timing").ValueKind);
    }

    [Fact]
    public async Task A_value_comes_without_a_reference_and_an_error()
    {
        var answer = await AnswerAsync("benchop.cos", """{"problem":"1b","task":"value"}""");
        var cell = answer.GetProperty("cell");

        Assert.Equal(3, Numbers(cell, "values").Length);
        Assert.Empty(Numbers(answer, "reference"));
        foreach (var name in (string[])["error", "referenceDigits", "reason", "timing"])
            Assert.Equal(JsonValueKind.Null, cell.GetProperty(name).ValueKind);
    }

    [Fact]
    public async Task Settings_may_be_an_object()
    {
        var typed = await AnswerAsync(
            "benchop.closed",
            """{"problem":"1a","set":"K=105","settings":{"S":[95,105],"sigma":0.2}}"""
        );
        var text = await AnswerAsync("benchop.closed", """{"problem":"1a","set":"S=95:105,sigma=0.2,K=105"}""");

        Assert.Equal(Numbers(text.GetProperty("cell"), "values"), Numbers(typed.GetProperty("cell"), "values"));
    }

    [Fact]
    public async Task A_tuned_curve_has_the_machine_and_the_noise_of_its_times()
    {
        var answer = await AnswerAsync("benchop.cos", """{"problem":"1a","task":"curve","seconds":0.5}""");
        var cell = answer.GetProperty("cell");

        Assert.True(cell.GetProperty("met").GetBoolean());
        Assert.InRange(cell.GetProperty("timing").GetProperty("waitShare").GetDouble(), 0, 1);
        Assert.Equal("steady", cell.GetProperty("timing").GetProperty("protocol").GetString());
        Assert.True(cell.GetProperty("curve").GetArrayLength() > 1);
        Assert.True(answer.GetProperty("machine").GetProperty("cores").GetInt32() > 0);
    }

    [Fact]
    public async Task The_protocol_of_the_paper_times_three_calls()
    {
        var answer = await AnswerAsync("benchop.cos", """{"problem":"1a","task":"measure","protocol":"paper"}""");
        var timing = answer.GetProperty("cell").GetProperty("timing");

        Assert.Equal("paper", timing.GetProperty("protocol").GetString());
        Assert.Equal(3, timing.GetProperty("calls").GetInt64());
    }

    [Fact]
    public async Task An_empty_cell_is_an_answer_with_a_reason_and_no_number()
    {
        var cell = (await AnswerAsync("benchop.fft", """{"problem":"1b","task":"measure"}""")).GetProperty("cell");

        Assert.Equal(JsonValueKind.Null, cell.GetProperty("error").ValueKind);
        Assert.Contains("early exercise", cell.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tuning_finds_less_work_for_a_larger_target()
    {
        var coarse = await WorkAsync("1e-2");
        var fine = await WorkAsync("1e-8");

        Assert.True(coarse < fine, $"{coarse} terms for 1e-2, {fine} for 1e-8");

        async Task<int> WorkAsync(string target) =>
            (await AnswerAsync("benchop.cos", $$"""{"problem":"1a","task":"tune","target":{{target}}}"""))
                .GetProperty("cell")
                .GetProperty("work")
                .GetInt32();
    }

    [Fact]
    public async Task A_violated_Feller_condition_is_allowed_and_gets_a_remark()
    {
        var answer = await AnswerAsync("benchop.quadrature", """{"problem":"4","set":"sigma=0.5"}""");

        Assert.Contains("Feller", answer.GetProperty("remarks")[0].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"problem":"9"}""", "Known problems: 1a-I, 1a-II")]
    [InlineData("""{"problem":"1a","set":"sigma=-1,S=NaN"}""", "S=NaN: not a number")]
    [InlineData("""{"problem":"1c","set":"B=90"}""", "the barrier must be above the highest spot")]
    [InlineData("""{"problem":"1a","settings":{"K":"x"}}""", "$.settings.K")]
    [InlineData("""{"problem":"1a","settings":{"vol":1}}""", "$.settings.vol")]
    [InlineData("""{"problem":"6","settings":{"K":90}}""", "K=90: problem 6 has no such setting")]
    [InlineData("""{"problem":"1a","protocol":"fast"}""", "$.protocol")]
    [InlineData("""{"problem":"1a","seconds":0}""", "$.seconds must be at least")]
    [InlineData("""{"problem":"1a","seed":-1}""", "$.seed must be at least")]
    [InlineData("""{"problem":"1a","work":0}""", "$.work must be at least 1")]
    [InlineData("""{"problem":"1a","task":"guess"}""", "$.task")]
    [InlineData("""{"problem":"1a","target":0}""", "$.target must be at least")]
    public async Task An_invalid_request_is_rejected(string parameters, string message)
    {
        using var attempt = MethodRun.Begin(parameters);

        var end = await MethodRun.RunAsync(Methods["benchop.cos"], attempt);

        Assert.Equal(Kind.Rejected, end.Kind);
        Assert.Contains(message, end.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_measurement_heeds_its_cancellation()
    {
        using var attempt = MethodRun.Begin("""{"problem":"1a","task":"measure"}""");
        var end = Task.Run(
            async () => await MethodRun.RunAsync(Methods["benchop.cos"], attempt),
            TestContext.Current.CancellationToken
        );
        Assert.True(SpinWait.SpinUntil(() => attempt.HasStarted, TimeSpan.FromSeconds(30)));

        attempt.Cancel(StopReason.Cancel);

        Assert.Equal(Kind.Cancelled, (await end).Kind);
    }

    [Fact]
    public async Task A_pricing_that_exceeds_its_time_limit_ends_during_its_call_and_is_not_repeated()
    {
        // Uncancelled, this call takes minutes.
        using var attempt = MethodRun.Begin(
            """{"problem":"6","task":"value","work":800}""",
            timeLimit: TimeSpan.FromSeconds(20)
        );
        var end = Task.Run(
            async () => await MethodRun.RunAsync(Methods["benchop.fdad"], attempt),
            TestContext.Current.CancellationToken
        );
        Assert.True(SpinWait.SpinUntil(() => attempt.HasStarted, TimeSpan.FromSeconds(30)));

        attempt.Cancel(StopReason.Timeout);

        var ended = await end;
        Assert.Equal(Kind.Cancelled, ended.Kind);
        Assert.Equal("The job exceeded its time limit of 20s.", ended.Error!.Message);
        Assert.False(ended.Error.Retryable);
    }

    private static async Task<JsonElement> AnswerAsync(string method, string parameters)
    {
        using var attempt = MethodRun.Begin(parameters);
        var end = await MethodRun.RunAsync(Methods[method], attempt);
        Assert.True(end.Kind == Kind.Succeeded, end.Error?.ToString());
        return JsonElement.Parse(end.Result.Span);
    }

    private static double[] Numbers(JsonElement of, string name) =>
        [.. of.GetProperty(name).EnumerateArray().Select(n => n.GetDouble())];
}
