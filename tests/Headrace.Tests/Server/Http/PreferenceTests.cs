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
    public void A_wait_is_parsed_in_whole_seconds(string header, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Preference.Wait([header]));

    [Theory]
    [InlineData("wait=31")]
    [InlineData("wait=60")]
    [InlineData("wait=99999999999999999999")]
    public void A_longer_wait_is_shortened_to_the_maximum(string header) =>
        Assert.Equal(TimeSpan.FromSeconds(Preference.MaxWait), Preference.Wait([header]));

    [Theory]
    [InlineData("wait")]
    [InlineData("wait=")]
    [InlineData("wait=\"\"")]
    [InlineData("wait=\"")]
    [InlineData("wait=ten")]
    [InlineData("wait=-1")]
    [InlineData("wait=+1")]
    [InlineData("wait=1.5")]
    [InlineData("wait=NaN")]
    [InlineData("wait=\u0663")]
    [InlineData("wait=abc, wait=5")]
    public void A_wait_that_cannot_be_read_is_ignored(string header) =>
        Assert.Null(Preference.Wait(["respond-async", header]));

    [Fact]
    public void Other_preferences_request_no_wait() =>
        Assert.Null(Preference.Wait(["return=minimal", "waiting=9", null, ""]));
}
