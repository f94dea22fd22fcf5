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
        foreach (var unit in (string[])["", "B", "KB", "MB", "GB", "TB"])
            Assert.False(SizeText.TryParse(text + unit, out _), text + unit);
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("512B", 512)]
    [InlineData("1KB", 1 << 10)]
    [InlineData("1MB", 1 << 20)]
    [InlineData("1mb", 1 << 20)]
    [InlineData("1.5GB", 3L << 29)]
    [InlineData("8TB", 8L << 40)]
    [InlineData("8388607TB", 8_388_607L << 40)]
    public void A_size_has_one_meaning_in_options_and_manifests(string text, long bytes)
    {
        Assert.True(SizeText.TryParse(text, out var parsed));
        Assert.Equal(bytes, parsed);

        var option = Options.Size("--size", "A size.");
        var command = new System.CommandLine.RootCommand { option };
        Assert.Equal(bytes, command.Parse(["--size", text]).GetValue(option));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.5")]
    [InlineData("8388608TB")]
    [InlineData("1 MB")]
    [InlineData("-1MB")]
    [InlineData("1e3KB")]
    [InlineData("1MiB")]
    [InlineData("MB")]
    [InlineData("")]
    public void A_text_that_is_no_size_is_rejected(string text) => Assert.False(SizeText.TryParse(text, out _));

    [Theory]
    [InlineData(1 << 20, "1 MB")]
    [InlineData((1 << 20) + 1, "1048577 bytes")]
    [InlineData(3L << 29, "1536 MB")]
    public void A_size_is_shown_in_the_units_in_which_it_is_read(long bytes, string text) =>
        Assert.Equal(text, SizeText.ToText(bytes));

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
