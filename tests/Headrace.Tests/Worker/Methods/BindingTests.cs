using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Headrace.Worker;
using Xunit;

namespace Headrace.Tests.Worker.Methods;

public sealed class BindingTests
{
    private enum Side
    {
        Call,
        Put,
    }

    private sealed record Leg(string Name, [Range(0, 10)] double Strike, Side Side = Side.Put);

    [Theory]
    [InlineData("""{"x":7,"y":0.5}""", "7 0.5 12 none")]
    [InlineData("""{"y":1e2,"x":-1,"season":4}""", "-1 100 4 none")]
    [InlineData("""{"x":0,"y":2,"label":"a\u00e9"}""", "0 2 12 aé")]
    [InlineData("""{"x":0,"y":2,"label":null}""", "0 2 12 none")]
    public async Task Values_are_bound_by_name_and_the_rest_use_their_defaults(string parameters, string expected)
    {
        var result = await MethodRun.ResultAsync(
            (int x, double y, int season = 12, string? label = null) =>
                FormattableString.Invariant($"{x} {y} {season} {label ?? "none"}"),
            parameters
        );

        Assert.Equal(expected, result);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("  {} ")]
    public async Task Without_params_all_defaults_apply(string parameters) =>
        Assert.Equal("5", await MethodRun.ResultAsync((int x = 5) => x, parameters));

    [Fact]
    public async Task Records_lists_and_enums_are_read_as_JSON()
    {
        var result = await MethodRun.ResultAsync(
            (IReadOnlyList<Leg> legs, Side side, DateOnly day) =>
                string.Join(";", legs.Select(l => $"{l.Name}{l.Strike}{l.Side}")) + side + day.ToString("yyyyMMdd"),
            """{"legs":[{"name":"a","strike":1.5},{"name":"b","strike":2,"side":"call"}]"""
                + ""","side":"put","day":"2026-11-22"}"""
        );

        Assert.Equal("a1.5Put;b2CallPut20261122", result);
    }

    [Fact]
    public async Task The_body_and_the_job_are_passed_to_the_method()
    {
        var end = await MethodRun.RunAsync(
            (ReadOnlyMemory<byte> body, JobContext job) =>
                $"{body.Length} {job.Id} {job.Attempt} {job.Queue} {job.Method} {job.ContentType} {job.Body.Length}",
            "",
            [1, 2, 3],
            "image/png"
        );

        Assert.Equal("3 42 3 default probe@1 image/png 3", System.Text.Encoding.UTF8.GetString(end.Result.Span));
    }

    [Fact]
    public async Task A_byte_array_is_a_copy_of_the_body() =>
        Assert.Equal(
            "[9,2]",
            await MethodRun.ResultAsync(
                (byte[] body) =>
                {
                    body[0] = 9;
                    return body.Select(b => (int)b).ToArray();
                },
                "",
                [1, 2]
            )
        );

    [Theory]
    [InlineData("{}", "$.x is missing")]
    [InlineData("""{"x":"7"}""", "$.x must be an integer, not \"7\"")]
    [InlineData("""{"x":null}""", "$.x must be an integer, not null")]
    [InlineData("""{"x":1.5}""", "$.x must be an integer, not 1.5")]
    [InlineData("""{"x":0}""", "$.x must be at least 1, not 0")]
    [InlineData("""{"x":-3}""", "$.x must be at least 1, not -3")]
    [InlineData("""{"x":3000000000}""", "$.x cannot be read as a 32-bit integer")]
    [InlineData("""{"x":1,"iteration":2}""", "$.iteration is not defined in the schema")]
    [InlineData("""{"x":1,"X":2}""", "$.X is not defined in the schema")]
    [InlineData("""{"x":1,"x":2}""", "The params are not valid JSON")]
    [InlineData("[1]", "$ must be an object, not [1]")]
    [InlineData("null", "$ must be an object, not null")]
    [InlineData("""{"x":""", "The params are not valid JSON")]
    [InlineData("""{"x":1} {}""", "The params are not valid JSON")]
    public async Task An_invalid_value_is_rejected_with_its_path(string parameters, string words) =>
        Assert.Contains(
            words,
            await MethodRun.RejectionAsync(([Range(1, long.MaxValue)] int x) => x, parameters),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("""{"s":"a"}""", "$.s must have at least 2 characters, not 1")]
    [InlineData("""{"s":"abcdefghi"}""", "$.s must have at most 4 characters, not 9")]
    [InlineData("""{"s":"ab1"}""", "$.s must match ^(?:[a-z]+)$")]
    [InlineData("""{"s":"abc\n"}""", "$.s must match")]
    public async Task Text_outside_its_limits_is_rejected(string parameters, string words) =>
        Assert.Contains(
            words,
            await MethodRun.RejectionAsync(
                ([StringLength(4, MinimumLength = 2), RegularExpression("[a-z]+")] string s) => s,
                parameters
            ),
            StringComparison.Ordinal
        );

    [Fact]
    public async Task Text_length_is_counted_in_code_points() =>
        Assert.Equal("𝔸𝔹", await MethodRun.ResultAsync(([StringLength(2)] string s) => s, """{"s":"𝔸𝔹"}"""));

    [Fact]
    public async Task All_errors_are_reported_together_with_their_paths()
    {
        var words = await MethodRun.RejectionAsync(
            (
                IReadOnlyList<Leg> legs,
                [AllowedValues("fast", "exact")] string mode,
                Side side,
                [Length(1, 2)] int[] sizes
            ) => 1,
            """{"legs":[{"name":"a","strike":11},{"strike":1,"colour":"red"},7]"""
                + ""","mode":"slow","side":"Call","sizes":[1,2,3],"more":true}"""
        );

        Assert.Equal(
            "The params do not match the schema of probe@1: $.legs[0].strike must be at most 10, not 11; "
                + "$.legs[1].name is missing; $.legs[1].colour is not defined in the schema; $.legs[2] must be an "
                + "object, not 7; "
                + """$.mode must be one of "fast", "exact", not "slow"; """
                + """$.side must be one of "call", "put", not "Call"; """
                + "$.sizes must have at most 2 items, not 3; $.more is not defined in the schema.",
            words
        );
    }

    [Fact]
    public async Task Errors_that_only_occur_while_binding_are_reported_too() =>
        Assert.Contains(
            "$.a[1] cannot be read",
            await MethodRun.RejectionAsync(
                (DateOnly[] a, Guid b) => 1,
                """{"a":["2026-11-22","2026-02-30"],"b":"x"}"""
            ),
            StringComparison.Ordinal
        );

    [Fact]
    public async Task A_JSON_parameter_is_passed_complete_and_stays_valid_after_binding() =>
        Assert.Equal(
            """{"a":[1,2]}""",
            await MethodRun.ResultAsync(
                async (JsonElement x) =>
                {
                    await Task.Yield();
                    return x.GetRawText();
                },
                """{"x":{"a":[1,2]}}"""
            )
        );
}
