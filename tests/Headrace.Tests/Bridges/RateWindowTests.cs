using Headrace.Bridges;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Bridges;

public sealed class RateWindowTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_rate_is_the_average_of_ten_seconds_and_forgets_what_is_older()
    {
        var window = new RateWindow(_time);
        for (var second = 0; second < 10; second++)
        {
            window.Add(30);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(27, window.Read());
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(15, window.Read());
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(0, window.Read());
    }
}
