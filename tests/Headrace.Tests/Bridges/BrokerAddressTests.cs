using Headrace.Bridges;
using Xunit;

namespace Headrace.Tests.Bridges;

public sealed class BrokerAddressTests
{
    [Theory]
    [InlineData("redis://127.0.0.1", "redis://127.0.0.1:6379")]
    [InlineData("redis://localhost:7000/", "redis://localhost:7000")]
    [InlineData("rediss://jan@redis.example.com:7000/2", "rediss://jan@redis.example.com:7000/2")]
    [InlineData("redis://a,b:7000", "redis://a:6379,b:7000")]
    [InlineData("redis://[::1]:7000", "redis://[::1]:7000")]
    [InlineData("redis://[::1]", "redis://[::1]:6379")]
    [InlineData("amqp://host", "amqp://host:5672")]
    [InlineData("amqps://jan@a,b:7000/sales%2Feu", "amqps://jan@a:5671,b:7000/sales%2Feu")]
    public void A_valid_address_is_read_and_written_with_its_ports(string text, string written)
    {
        Assert.True(BrokerAddress.TryParse(text, sentinel: null, out var address, out var fault), fault);
        Assert.Equal(written, address.ToString());
    }

    [Fact]
    public void The_hosts_of_sentinels_have_another_default_port()
    {
        Assert.True(BrokerAddress.TryParse("redis://a,b", "main", out var address, out _));
        Assert.Equal("redis://a:26379,b:26379", address.ToString());
    }

    [Theory]
    [InlineData("127.0.0.1:6379", "The address '127.0.0.1:6379' is not valid.")]
    [InlineData("http://host", "The address 'http://host' is not valid.")]
    [InlineData("amqp://jan:secret@host", "The address contains a password.")]
    [InlineData("redis://", "The host '' in the address is not valid.")]
    [InlineData("redis://host:0", "The host 'host:0' in the address is not valid.")]
    [InlineData("redis://host:65536", "The host 'host:65536' in the address is not valid.")]
    [InlineData("redis://a b", "The host 'a b' in the address is not valid.")]
    [InlineData("redis://host/x", "The database 'x' in the address is not valid.")]
    [InlineData("redis://host/-1", "The database '-1' in the address is not valid.")]
    [InlineData("redis://:secret@host", "The address contains a password.")]
    [InlineData("redis://jan:secret@host", "The address contains a password.")]
    public void An_invalid_address_is_rejected_with_its_value_and_the_remedy(string text, string fault)
    {
        Assert.False(BrokerAddress.TryParse(text, sentinel: null, out _, out var actual));
        Assert.StartsWith(fault, actual, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", actual, StringComparison.Ordinal);
    }
}
