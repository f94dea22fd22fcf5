using Headrace.Server.Http;
using Xunit;

namespace Headrace.Tests.Server.Http;

public sealed class PreferenceTests
{
    [Theory]
    [InlineData("wait=10", 10)]
    [InlineData("wait=0", 0)]
    [InlineData("wait=30", 30)]
    [InlineData("Wait = 10", 10)]
    [InlineData("wait=\"10\"", 10)]
    [InlineData("respond-async, wait=10", 10)]
    [InlineData("wait=10; why=not", 10)]
    [InlineData("wait=5, wait=7", 5)]
    public void A_wait_is_parsed_in_whole_seconds(string header, int seconds)
    {
        Assert.True(Preference.Wait([header]).TryGet(out var wait, out _));
        Assert.Equal(TimeSpan.FromSeconds(seconds), wait);
    }

    [Theory]
    [InlineData("wait")]
    [InlineData("wait=")]
    [InlineData("wait=ten")]
    [InlineData("wait=-1")]
    [InlineData("wait=1.5")]
    [InlineData("wait=31")]
    [InlineData("wait=99999999999999999999")]
    public void An_invalid_wait_is_rejected_with_its_limits(string header)
    {
        Assert.False(Preference.Wait(["respond-async", header]).TryGet(out _, out var problem));
        Assert.Equal(
            $"The preference '{header}' is not valid. Use whole seconds from 0 to 30, for example 'Prefer: wait=10'.",
            problem.Detail
        );
        Assert.Equal(400, problem.Kind.Status);
    }

    [Fact]
    public void Other_preferences_request_no_wait()
    {
        var read = Preference.Wait(["return=minimal", "waiting=9", null, ""]);

        Assert.True(read.Problem is null);
    }
}
