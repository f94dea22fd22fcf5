using Headrace.Cli.Input;
using Headrace.Commands;
using Headrace.Commands.Input;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class InputTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Values_can_contain_equals_signs_and_can_be_empty()
    {
        var read = NameValue.Read(["a=1", "b=x=y", "c=", "d= "]);

        Assert.Equal(["1", "x=y", "", " "], [read["a"], read["b"], read["c"], read["d"]]);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("=1")]
    [InlineData("")]
    public void Text_that_is_not_a_pair_is_rejected_by_its_value(string token)
    {
        Assert.Contains(
            $"'{token}'",
            Assert.Throws<UsageException>(() => NameValue.Read([token])).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData((1 << 20) + 1)]
    [InlineData(30 << 20)]
    [InlineData(2L << 30)]
    public void A_file_of_any_size_above_the_limit_is_rejected_with_the_limit_of_the_server(long bytes)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Join(folder.Path, "large");
        using (var file = File.Create(path))
            file.SetLength(bytes);

        var rejected = Assert.Throws<InputTooLargeException>(() => Body.Check(path));

        Assert.Contains(
            $"{bytes} bytes, but a body can be at most 1048576 bytes",
            rejected.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(6, ExitCode.FromException(rejected));
    }

    [Theory]
    [InlineData("10m", "2030-01-31T12:10:00Z")]
    [InlineData("0s", "2030-01-31T12:00:00Z")]
    [InlineData("2030-02-01T08:00:00Z", "2030-02-01T08:00:00Z")]
    [InlineData("2030-02-01T08:00:00.25+02:00", "2030-02-01T06:00:00.25Z")]
    [InlineData("2030-02-01T08:00-05:30", "2030-02-01T13:30:00Z")]
    [InlineData("2030-02-01t08:00:00.123456789z", "2030-02-01T08:00:00.1234567Z")]
    public void Timestamp_is_a_time_or_a_duration_from_now(string text, string expected)
    {
        Assert.True(TimestampText.TryRead(text, Now, out var moment));

        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), moment);
    }

    [Theory]
    [InlineData("2030-02-01T08:00:00")]
    [InlineData("2030-02-01")]
    [InlineData("tomorrow")]
    [InlineData("-10m")]
    [InlineData("NaNs")]
    [InlineData("")]
    public void Timestamp_that_is_ambiguous_or_invalid_is_rejected(string text)
    {
        Assert.False(TimestampText.TryRead(text, Now, out _));
    }
}
