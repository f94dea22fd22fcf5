using System.Text;
using System.Text.Json;
using Headrace.Commands.Input;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Json;
using Headrace.Tests.Worker.Manifests;
using Xunit;

namespace Headrace.Tests.Protocol.Json;

/// <summary>
/// Tests strings that the framework would parse as numbers, in every place where a fractional number is read.
/// </summary>
public sealed class NumberTextTests
{
    /// <summary>Strings that are not finite numbers, or only look like numbers.</summary>
    public static TheoryData<string> NoNumbers =>
        [
            "NaN",
            "nan",
            "Infinity",
            "-Infinity",
            "∞",
            "1e400",
            "-1e400",
            "",
            " ",
            " 1",
            "1\n",
            "1,5",
            "0x10",
            "١",
            "1e",
            ".",
            "-",
            "1_000",
            "(1)",
        ];

    [Theory]
    [InlineData("2.5", 2.5)]
    [InlineData("-1", -1)]
    [InlineData("+3", 3)]
    [InlineData("1e-4", 1e-4)]
    [InlineData("1E3", 1000)]
    [InlineData(".5", 0.5)]
    public void A_number_is_parsed(string text, double expected)
    {
        Assert.True(NumberText.TryParse(text, out var number));

        Assert.Equal(expected, number);
    }

    [Theory]
    [MemberData(nameof(NoNumbers))]
    public void A_text_that_is_no_finite_number_is_rejected(string text) =>
        Assert.False(NumberText.TryParse(text, out _));

    [Theory]
    [MemberData(nameof(NoNumbers))]
    public void No_unit_makes_such_a_text_a_duration(string text)
    {
        foreach (var unit in (string[])["ms", "s", "m", "h", "d"])
            Assert.False(DurationText.TryParse(text + unit, out _), text + unit);
    }

    [Theory]
    [MemberData(nameof(NoNumbers))]
    public void No_unit_makes_such_a_text_a_size(string text)
    {
        foreach (var unit in (string[])["", "KB", "MB", "GB", "TB"])
            Assert.False(SizeText.TryRead(text + unit, out _), text + unit);
    }

    [Theory]
    [MemberData(nameof(NoNumbers))]
    public void No_retry_policy_contains_such_a_text(string text)
    {
        // White space around a value is removed.
        if (NumberText.TryParse(text.Trim(), out _))
            return;
        foreach (var name in (string[])["factor", "jitter", "delay", "max-delay"])
        {
            Assert.False(RetryText.TryParse($"{name}={text}", out _, out var fault), name);
            Assert.NotEmpty(fault);
        }
    }

    [Theory]
    [MemberData(nameof(NoNumbers))]
    public void No_message_of_a_worker_contains_such_a_text_as_a_number(string text)
    {
        var json = Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(text)}\"");
        double? number = null;
        try
        {
            number = new JsonWireReader(json).Double();
        }
        catch (WireFormatException)
        {
            // Rejected.
        }

        // The JSON mapping of Protobuf gives these three strings a meaning, so the codec reads them.
        Assert.Equal(text is "NaN" or "Infinity" or "-Infinity", number is not null);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void No_retry_policy_contains_a_number_that_is_not_finite(double number)
    {
        Assert.Contains("factor is", RetryText.Fault(new RetryOptions { Factor = number }), StringComparison.Ordinal);
        Assert.Contains("jitter is", RetryText.Fault(new RetryOptions { Jitter = number }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("factor", "1e400")]
    [InlineData("factor", "\"2\"")]
    [InlineData("factor", "\"NaN\"")]
    [InlineData("jitter", "1e400")]
    [InlineData("jitter", "-1e400")]
    [InlineData("jitter", "\"\"")]
    public void No_manifest_contains_such_a_number(string member, string json)
    {
        var reading = Manifest.Read($$$"""{"name":"m","argv":["x"],"retry":{"{{{member}}}":{{{json}}}}}""");

        Assert.Contains(reading.Faults, fault => fault.ToString().Contains(member, StringComparison.Ordinal));
    }
}
