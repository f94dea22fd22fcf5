using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class ConnectionLimitTests
{
    [Theory]
    [InlineData(1_024, 0, 352)]
    [InlineData(1_024, 4, 336)]
    [InlineData(1_048_576, 1_024, 520_032)]
    public void Connections_take_the_descriptors_that_the_server_and_its_workers_do_not_need(
        long descriptors,
        int workers,
        long each
    ) => Assert.Equal(each, ConnectionLimit.PerEndpoint(descriptors, workers, endpoints: 2));

    [Theory]
    [InlineData(64, 0)]
    [InlineData(256, 1)]
    [InlineData(1_024, 128)]
    public void A_limit_that_is_too_low_is_rejected_with_both_numbers_and_the_remedy(long descriptors, int workers)
    {
        Assert.Null(ConnectionLimit.PerEndpoint(descriptors, workers, endpoints: 2));

        var refusal = ConnectionLimit.Refusal(descriptors, workers, endpoints: 2);
        Assert.Contains($"{descriptors} files", refusal, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_that_a_refusal_names_is_enough()
    {
        var needed = long.Parse(
            ConnectionLimit.Refusal(64, 3, endpoints: 3).Split("at least ")[1].Split('.')[0],
            System.Globalization.CultureInfo.InvariantCulture
        );

        Assert.NotNull(ConnectionLimit.PerEndpoint(needed, 3, endpoints: 3));
        Assert.Null(ConnectionLimit.PerEndpoint(needed - 1, 3, endpoints: 3));
    }
}
