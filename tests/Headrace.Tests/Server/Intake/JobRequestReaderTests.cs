using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;
using Headrace.Server.Intake;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Server.Intake;

public sealed class JobRequestReaderTests
{
    [Fact]
    public void Only_the_method_of_a_job_is_required()
    {
        var job = Read("""{"method":"noop"}""");

        Assert.Equal(new MethodName("noop"), job.Spec.Method);
        Assert.Equal(0, job.Spec.Version);
        Assert.Equal(QueueName.Default, job.Spec.Queue);
        Assert.Equal(3, job.Spec.Retries);
        Assert.Equal(Instant.Never, job.Spec.Deadline);
        Assert.Equal(TimeSpan.Zero, job.Spec.TimeLimit);
        Assert.Empty(job.Spec.Params);
        Assert.Null(job.Spec.ContentType);
        Assert.Equal(0, job.Body.Length);
        Assert.Equal("ada", job.Spec.Owner);
    }

    [Fact]
    public void Every_member_is_parsed()
    {
        var job = Read(
            """
            {"method":"forecast@2","params":{ "horizon" : 1.50 },"body":"grüße","contentType":"text/csv","queue":"eu",
             "priority":-7,"scheduledAt":"2030-01-31T12:00:00Z","deadline":"2030-01-31T14:00:00.5+01:00",
             "timeLimit":"1.5h","retries":0}
            """
        );

        var spec = job.Spec;
        Assert.Equal(
            ("forecast", 2, "eu", -7, 0),
            (spec.Method.Text, spec.Version, spec.Queue.Text, spec.Priority, spec.Retries)
        );
        Assert.Equal("""{ "horizon" : 1.50 }""", Encoding.UTF8.GetString(spec.Params));
        Assert.Equal("grüße", Encoding.UTF8.GetString(job.Body.Span));
        Assert.Equal(("text/csv", 7), (spec.ContentType, spec.BodyBytes));
        Assert.Equal(new DateTimeOffset(2030, 1, 31, 12, 0, 0, TimeSpan.Zero), spec.ScheduledAt.ToDateTimeOffset());
        Assert.Equal(new DateTimeOffset(2030, 1, 31, 13, 0, 0, 500, TimeSpan.Zero), spec.Deadline.ToDateTimeOffset());
        Assert.Equal(TimeSpan.FromMinutes(90), spec.TimeLimit);
    }

    [Theory]
    [InlineData("""{"method":"noop","body":"x"}""", "text/plain; charset=utf-8", "x")]
    [InlineData("""{"method":"noop","body":""}""", "text/plain; charset=utf-8", "")]
    [InlineData("""{"method":"noop","bodyBase64":"AAEC"}""", "application/octet-stream", "\0\u0001\u0002")]
    [InlineData("""{"method":"noop","bodyBase64":"AAEC","contentType":"image/png"}""", "image/png", "\0\u0001\u0002")]
    public void A_body_is_text_or_base64_with_a_given_or_default_content_type(string json, string type, string body)
    {
        var job = Read(json);

        Assert.Equal(type, job.Spec.ContentType);
        Assert.Equal(Encoding.Latin1.GetBytes(body), job.Body.ToArray());
    }

    [Theory]
    [InlineData("""{"method":"noop","params":null,"body":null,"queue":null,"scheduledAt":null,"retries":null}""")]
    [InlineData("""{"method":"noop","params":{}}""")]
    public void Null_means_absent(string json) => Read(json);

    [Theory]
    [InlineData(
        "",
        "The JSON is not valid at line 1, byte 1: The input does not contain any JSON tokens. Expected the "
            + "input to start with a valid JSON token, when isFinalBlock is true."
    )]
    [InlineData("null", "The JSON is null. Send an object, for example {\"method\":\"noop\"}.")]
    [InlineData("[]", "The JSON is not valid at line 1, byte 2: it must be an object.")]
    [InlineData(
        "{\"method\":\"noop\",\n \"queue\":}",
        "The JSON is not valid at line 2, byte 10 ($.queue): '}' is an invalid start of a value."
    )]
    [InlineData(
        """{"method":"noop"} {}""",
        "The JSON is not valid at line 1, byte 19: '{' is invalid after a single JSON value. Expected end of data."
    )]
    [InlineData("""{"method":7}""", "The JSON is not valid at line 1, byte 12 ($.method): it must be a string.")]
    [InlineData(
        """{"method":"noop","priority":"high"}""",
        "The JSON is not valid at line 1, byte 35 ($.priority): it must be a 32-bit integer."
    )]
    [InlineData(
        """{"method":"noop","priority":"5"}""",
        "The JSON is not valid at line 1, byte 32 ($.priority): it must be a 32-bit integer."
    )]
    [InlineData(
        """{"method":"noop","priority":4294967296}""",
        "The JSON is not valid at line 1, byte 39 ($.priority): it must be a 32-bit integer."
    )]
    [InlineData(
        """{"method":"noop","retries":1.5}""",
        "The JSON is not valid at line 1, byte 31 ($.retries): it must be a 32-bit integer."
    )]
    [InlineData(
        """{"method":"noop","scheduledAt":"tomorrow"}""",
        "The JSON is not valid at line 1, byte 42 ($.scheduledAt): it must be an RFC 3339 date and time "
            + "with a UTC offset, for example 2030-01-31T12:00:00Z."
    )]
    [InlineData(
        """{"method":"noop","scheduledAt":"2030-01-31T12:00:00"}""",
        "The JSON is not valid at line 1, byte 53 ($.scheduledAt): it must be an RFC 3339 date and time "
            + "with a UTC offset, for example 2030-01-31T12:00:00Z."
    )]
    [InlineData(
        """{"method":"noop","method":"sha512"}""",
        "The JSON is not valid at line 1, byte 27 ($.method): the member 'method' occurs twice."
    )]
    [InlineData(
        """{"method":"noop","params":{"a":1,"a":2}}""",
        "The JSON is not valid at line 1, byte 40 ($.params): the member 'a' occurs twice."
    )]
    [InlineData(
        """{"method":"noop","body":"\ud800"}""",
        "The JSON is not valid at line 1, byte 33 ($.body): it contains a lone surrogate (\\ud800 to "
            + "\\udfff), which is not valid text."
    )]
    [InlineData(
        """{"method":"noop","params":{"\udc00":1}}""",
        "The JSON is not valid at line 1, byte 39 ($.params): it contains a lone surrogate (\\ud800 to "
            + "\\udfff), which is not valid text."
    )]
    public void Invalid_JSON_is_rejected_with_the_position_of_the_error(string json, string detail) =>
        AssertRefused(400, detail, json);

    [Theory]
    [InlineData("{}", "The member 'method' is missing. Set it to the name of a method; GET /v1/methods lists them.")]
    [InlineData(
        """{"method":""}""",
        "The member 'method' is missing. Set it to the name of a method; GET /v1/methods lists them."
    )]
    [InlineData(
        """{"method":"Noop"}""",
        "'Noop' is not a valid method name. Use 1 to 64 characters from a-z, 0-9, '.', '_' and '-', starting "
            + "with a letter or digit, optionally followed by a version: name@2."
    )]
    [InlineData(
        """{"method":"noop@0"}""",
        "'noop@0' is not a valid method name. Use 1 to 64 characters from a-z, 0-9, '.', '_' and '-', "
            + "starting with a letter or digit, optionally followed by a version: name@2."
    )]
    [InlineData(
        """{"method":"noop","queue":"EU west"}""",
        "'EU west' is not a valid queue name. Use 1 to 64 characters from a-z, 0-9, '.', '_' and '-', "
            + "starting with a letter or digit."
    )]
    [InlineData(
        """{"method":"noop","queue":""}""",
        "'' is not a valid queue name. Use 1 to 64 characters from a-z, 0-9, '.', '_' and '-', starting with "
            + "a letter or digit."
    )]
    [InlineData(
        """{"method":"noop","timeLimit":"soon"}""",
        "timeLimit 'soon' is not valid. Use a number followed by a unit (ms, s, m, h or d), such as \"15s\"."
    )]
    [InlineData(
        """{"method":"noop","timeLimit":"0s"}""",
        "timeLimit is zero, so no attempt could run. Use a longer duration, or leave it out for no limit."
    )]
    [InlineData("""{"method":"noop","retries":-1}""", "retries=-1 is not valid. Use a whole number from 0 to 1000.")]
    [InlineData(
        """{"method":"noop","retries":1001}""",
        "retries=1001 is not valid. Use a whole number from 0 to 1000."
    )]
    [InlineData(
        """{"method":"noop","body":"x","bodyBase64":"AA=="}""",
        "Both 'body' and 'bodyBase64' are set. Use only one of them."
    )]
    [InlineData(
        """{"method":"noop","bodyBase64":"%%"}""",
        "'bodyBase64' is not valid base64. Use A-Z, a-z, 0-9, '+' and '/', padded with '='."
    )]
    [InlineData(
        """{"method":"noop","contentType":"text/plain"}""",
        "'contentType' is set without a body. Set 'body' or 'bodyBase64', or leave 'contentType' out."
    )]
    [InlineData(
        """{"method":"noop","body":"x","contentType":"text/plain\r\nSet-Cookie: a=b"}""",
        "'text/plain\r\nSet-Cookie: a=b' is not a valid content type. Use at most 200 printable ASCII "
            + "characters, for example application/octet-stream."
    )]
    [InlineData(
        """{"method":"noop","iterations":5}""",
        "A job has no member 'iterations'. Valid members: method, params, body, bodyBase64, contentType, "
            + "queue, priority, scheduledAt, deadline, timeLimit, retries, retry, tags, idempotencyKey."
    )]
    [InlineData(
        """{"Method":"noop"}""",
        "A job has no member 'Method'. Valid members: method, params, body, bodyBase64, contentType, queue, "
            + "priority, scheduledAt, deadline, timeLimit, retries, retry, tags, idempotencyKey."
    )]
    [InlineData(
        """{"method":"noop","idempotencyKey":""}""",
        "The idempotency key has 0 characters, but must have 1 to 255."
    )]
    [InlineData(
        """{"method":"noop","idempotencyKey":"a\tb"}""",
        "The idempotency key contains a control character. Use only visible characters."
    )]
    [InlineData(
        """{"method":"noop","dependsOn":[],"parent":"1","fairnessKey":"f"}""",
        "Remove the members that this version does not support: dependsOn, parent, fairnessKey."
    )]
    public void An_invalid_job_is_rejected_with_the_offending_value(string json, string detail) =>
        AssertRefused(400, detail, json);

    [Theory]
    [InlineData("5", "$ must be a JSON object")]
    [InlineData("[1]", "$ must be a JSON object")]
    [InlineData("\"{}\"", "$ must be a JSON object")]
    [InlineData("""{"name":"\ud800"}""", "$ contains a lone surrogate (\\ud800 to \\udfff), which is not valid text")]
    public void Params_that_a_reply_could_not_contain_are_rejected(string parameters, string words)
    {
        var problem = AssertRefused(
            422,
            $"The params are not valid: {words}.",
            $"{{\"method\":\"noop\",\"params\":{parameters}}}"
        );

        var fault = Assert.Single(problem.Errors);
        Assert.Equal(words, $"{fault.Path} {fault.Message}");
    }

    [Fact]
    public void Params_may_be_nested_as_deeply_as_replies_allow()
    {
        var fits = JsonText.MaxDepth - 1;

        Read(Nested(fits));
        AssertRefused(
            400,
            "The JSON is not valid at line 1, byte 182 ($.params): The maximum configured depth of 32 has "
                + "been exceeded. Cannot read next JSON object.",
            Nested(fits + 1)
        );

        static string Nested(int levels) =>
            "{\"method\":\"noop\",\"params\":"
            + string.Concat(Enumerable.Repeat("{\"a\":", levels - 1))
            + "{}"
            + new string('}', levels);
    }

    [Fact]
    public void Invalid_UTF8_is_rejected()
    {
        byte[] json = [.. "{\"method\":\"noop\",\"params\":{\"a\":\""u8, 0xFF, 0xFE, .. "\"}}"u8];

        Assert.False(JobRequestReader.Read(json, TestCallers.Ada).TryGet(out _, out var problem));
        Assert.Equal(
            "The JSON is not valid UTF-8. Encode its text as UTF-8. For a job with a binary body, use bodyBase64, or "
                + "send the raw body to POST /v1/jobs?method=NAME.",
            problem.Detail
        );
    }

    [Fact]
    public void A_body_over_the_limit_is_rejected_with_its_size_and_the_limit()
    {
        var most = Convert.ToBase64String(new byte[Limits.InlineBytes]);
        var more = Convert.ToBase64String(new byte[Limits.InlineBytes + 1]);

        Assert.Equal(Limits.InlineBytes, Read($"{{\"method\":\"noop\",\"bodyBase64\":\"{most}\"}}").Body.Length);
        AssertRefused(
            413,
            "The job's body is 1048577 bytes; the limit is 1048576 bytes.",
            $"{{\"method\":\"noop\",\"bodyBase64\":\"{more}\"}}"
        );
    }

    [Fact]
    public void Params_over_the_limit_are_rejected_with_their_size_and_the_limit() =>
        AssertRefused(
            413,
            "The job's params are 1048584 bytes; the limit is 1048576 bytes. Send large data as the body.",
            $"{{\"method\":\"noop\",\"params\":{{\"a\":\"{new string('x', Limits.InlineBytes)}\"}}}}"
        );

    private static NewJob Read(string json)
    {
        Assert.True(
            JobRequestReader.Read(Encoding.UTF8.GetBytes(json), TestCallers.Ada).TryGet(out var job, out var problem),
            problem?.Detail
        );
        return job;
    }

    private static Problem AssertRefused(int status, string detail, string json)
    {
        Assert.False(
            JobRequestReader.Read(Encoding.UTF8.GetBytes(json), TestCallers.Ada).TryGet(out _, out var problem)
        );
        Assert.Equal(detail, problem.Detail);
        Assert.Equal(status, problem.Kind.Status);
        return problem;
    }
}
