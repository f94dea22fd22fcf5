using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Jobs;
using Xunit;

namespace Headrace.Tests.Server.Jobs;

public sealed class InlineResultTests
{
    [Theory]
    [InlineData("text/plain", "grüße", "\"grüße\"")]
    [InlineData("TEXT/csv; charset=UTF-8", "a,b", "\"a,b\"")]
    [InlineData("text/plain; charset=\"utf-8\"", "x", "\"x\"")]
    [InlineData("application/json", "{\"a\": 1}", "{\"a\": 1}")]
    [InlineData("application/geo+json;v=1", "[]", "[]")]
    public void Text_and_JSON_are_embedded_in_the_reply(string type, string result, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(result);

        Assert.True(InlineResult.IsInlineable(Ended(type, bytes.Length)));
        var reply = Put(type, bytes);
        Assert.Equal(json, Unescaped(reply.Result!.Value.GetRawText()));
        Assert.Null(reply.ResultUrl);
    }

    [Theory]
    [InlineData("application/octet-stream", 5)]
    [InlineData("image/png", 5)]
    [InlineData(null, 5)]
    [InlineData("text/plain; charset=latin1", 5)]
    [InlineData("text/plain", 0)]
    [InlineData("text/plain", (64 << 10) + 1)]
    public void Other_results_are_not_read(string? type, int bytes) =>
        Assert.False(InlineResult.IsInlineable(Ended(type, bytes)));

    [Fact]
    public void Only_a_succeeded_job_has_a_result() =>
        Assert.False(InlineResult.IsInlineable(Ended("text/plain", 5, JobState.Failed)));

    [Theory]
    [InlineData("application/json", "{broken")]
    [InlineData("application/json", "\"\\ud800\"")]
    [InlineData("application/json", "{} {}")]
    public void Invalid_JSON_is_returned_as_a_link(string type, string result) =>
        AssertNamed(type, Encoding.UTF8.GetBytes(result));

    [Fact]
    public void Text_that_is_not_valid_UTF8_is_returned_as_a_link() => AssertNamed("text/plain", [0xFF, 0xFE]);

    [Fact]
    public void JSON_nested_too_deeply_for_readers_is_returned_as_a_link() =>
        AssertNamed("application/json", Encoding.UTF8.GetBytes(new string('[', 40) + new string(']', 40)));

    private static void AssertNamed(string type, byte[] bytes)
    {
        var reply = Put(type, bytes);

        Assert.Null(reply.Result);
        Assert.Equal("/v1/jobs/7/result", reply.ResultUrl);
    }

    private static JobReply Put(string type, byte[] bytes) =>
        InlineResult.Put(
            JobView.Of(Ended(type, bytes.Length)),
            new PayloadRow(new JobId(7), PayloadKind.Result, type, bytes)
        );

    private static string Unescaped(string json) =>
        System.Text.RegularExpressions.Regex.Replace(
            json,
            @"\\u(....)",
            m => ((char)Convert.ToInt32(m.Groups[1].Value, 16)).ToString()
        );

    private static DoneRow Ended(string? type, int bytes, JobState state = JobState.Succeeded) =>
        new(
            new JobRow(
                new JobId(7),
                new JobSpec
                {
                    Queue = QueueName.Default,
                    Method = new MethodName("m"),
                    Owner = "ada",
                },
                new JobStatus { State = state, Attempt = 1 }
            ),
            1,
            default,
            FailReason.None
        )
        {
            ResultBytes = bytes,
            ResultType = type,
        };
}
