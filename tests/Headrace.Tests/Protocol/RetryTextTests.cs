using System.Text.Json;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Protocol;

public sealed class RetryTextTests
{
    private static readonly RetryOptions All = new()
    {
        Max = 5,
        Delay = TimeSpan.FromMilliseconds(500),
        Factor = 1.5,
        MaxDelay = TimeSpan.FromMinutes(1),
        Jitter = 0,
    };

    [Fact]
    public void Every_member_is_read_from_the_form_of_a_command_line()
    {
        Assert.True(
            RetryText.TryParse("max=5,delay=500ms,factor=1.5,max-delay=1m,jitter=0", out var options, out var fault),
            fault
        );
        Assert.Equal(All, options);
    }

    [Fact]
    public void Options_survive_the_way_through_json()
    {
        var json = JsonSerializer.Serialize(RetryText.ToTerms(All), HeadraceJson.Default.RetryTerms);

        Assert.Equal("""{"max":5,"delay":"500ms","factor":1.5,"maxDelay":"1m","jitter":0}""", json);
        Assert.True(
            RetryText.TryRead(
                JsonSerializer.Deserialize(json, HeadraceJson.Default.RetryTerms)!,
                out var options,
                out var fault
            ),
            fault
        );
        Assert.Equal(All, options);
    }

    [Theory]
    [InlineData("max", "'max' is not valid here.")]
    [InlineData("max=5,max=6", "'max=6' is not valid here.")]
    [InlineData("delay=5", "'delay=5' is not valid here.")]
    [InlineData("speed=5", "'speed=5' is not valid here.")]
    [InlineData("max=-1", "max is -1. Use a whole number from 0 to 1000.")]
    [InlineData("max=1001", "max is 1001. Use a whole number from 0 to 1000.")]
    [InlineData("factor=0.5", "factor is 0.5. Use a number from 1 to 100.")]
    [InlineData("factor=NaN", "'factor=NaN' is not valid here.")]
    [InlineData("factor=Infinity", "'factor=Infinity' is not valid here.")]
    [InlineData("factor=∞", "'factor=∞' is not valid here.")]
    [InlineData("jitter=NaN", "'jitter=NaN' is not valid here.")]
    [InlineData("delay=NaNs", "'delay=NaNs' is not valid here.")]
    [InlineData("jitter=1.5", "jitter is 1.5. Use a number from 0 to 1.")]
    [InlineData("delay=2m,max-delay=1m", "maxDelay is 1m, but delay is 2m. maxDelay must not be shorter than delay.")]
    public void Invalid_text_is_rejected_with_the_value_and_the_remedy(string text, string message)
    {
        Assert.False(RetryText.TryParse(text, out _, out var fault));
        Assert.StartsWith(message, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_json_member_is_rejected_by_name()
    {
        var terms = JsonSerializer.Deserialize("""{"maxx":5}""", HeadraceJson.Default.RetryTerms)!;

        Assert.False(RetryText.TryRead(terms, out _, out var fault));
        Assert.Equal("There is no member 'maxx'. Valid members: max, delay, factor, maxDelay, jitter.", fault);
    }
}
