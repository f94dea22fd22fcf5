using System.Net;
using Headrace.Server.Webhooks;
using Headrace.Server.Webhooks.Sending;
using Xunit;

namespace Headrace.Tests.Server.Webhooks.Sending;

public sealed class AddressRuleTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.200.3.4")]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.100.100.200")]
    [InlineData("168.63.129.16")]
    [InlineData("198.18.0.1")]
    [InlineData("203.0.113.9")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("fe80::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("ff02::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2001:0:7f00:1::")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::7f00:1")]
    [InlineData("64:ff9b::127.0.0.1")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    public void An_address_that_is_not_public_is_not_permitted(string address)
    {
        var rule = new AddressRule([]);

        Assert.False(rule.Permits(IPAddress.Parse(address), usesTls: true));
        Assert.False(rule.Permits(IPAddress.Parse(address), usesTls: false));
    }

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700::1111")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    public void A_public_address_is_permitted_with_TLS_only(string address)
    {
        var rule = new AddressRule([]);

        Assert.True(rule.Permits(IPAddress.Parse(address), usesTls: true));
        Assert.False(rule.Permits(IPAddress.Parse(address), usesTls: false));
    }

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("10.2.0.1", false)]
    [InlineData("192.168.7.7", true)]
    [InlineData("192.168.7.8", false)]
    [InlineData("fd00::5", true)]
    [InlineData("127.0.0.1", false)]
    public void A_network_that_the_operator_names_is_permitted_also_without_TLS(string address, bool isPermitted)
    {
        var options = new WebhookOptions { Networks = ["10.1.0.0/16", "192.168.7.7", "fd00::/8"] };
        var rule = new AddressRule(options.AllowedNetworks);

        Assert.Equal(isPermitted, rule.Permits(IPAddress.Parse(address), usesTls: false));
        Assert.Equal(isPermitted, rule.Permits(IPAddress.Parse(address), usesTls: true));
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("example.com")]
    [InlineData("")]
    public void A_network_that_is_not_valid_is_named(string network)
    {
        var faults = new List<string>();

        new WebhookOptions { Networks = ["127.0.0.0/8", network] }.Validate(faults);

        Assert.Equal(
            $"The network '{network}' for webhooks is not valid. Use addresses or networks such as 10.1.2.3 or "
                + "10.0.0.0/8.",
            Assert.Single(faults)
        );
    }
}
