using System.Net;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class NetworkOptionsTests
{
    [Theory]
    [InlineData("0.0.0.0:8443", "0.0.0.0", 8443)]
    [InlineData("[::1]:0", "::1", 0)]
    [InlineData("*:8443", "::", 8443)]
    public void An_address_with_a_port_is_read(string text, string address, int port) =>
        Assert.Equal(new IPEndPoint(IPAddress.Parse(address), port), new NetworkOptions { Listen = text }.EndPoint);

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("example.com:80")]
    [InlineData("*")]
    [InlineData("*:99999")]
    [InlineData("")]
    [InlineData(":8443")]
    public void Any_other_text_is_rejected_with_the_accepted_form(string text)
    {
        var fault = Assert.Single(Faults(new NetworkOptions { Listen = text, Insecure = true }));

        Assert.Equal($"The address to listen on is '{text}', which is not valid. Use {NetworkOptions.Shape}.", fault);
    }

    [Fact]
    public void Beyond_the_loopback_interface_TLS_or_an_explicit_insecure_is_required()
    {
        var open = new NetworkOptions { Listen = "0.0.0.0:8443" };

        Assert.Contains("without TLS, so anybody", Assert.Single(Faults(open)), StringComparison.Ordinal);
        Assert.Empty(Faults(open with { Insecure = true }));
        Assert.Empty(Faults(open with { DevCertificate = true }));
        Assert.Empty(Faults(open with { Certificate = "server.pem" }));
        Assert.Empty(Faults(new NetworkOptions { Listen = "127.0.0.2:80" }));
        Assert.Empty(Faults(new NetworkOptions()));
    }

    [Fact]
    public void Options_that_contradict_each_other_are_rejected()
    {
        var tls = new NetworkOptions { Listen = "0.0.0.0:8443", DevCertificate = true };

        Assert.Single(Faults(tls with { Insecure = true }));
        Assert.Single(Faults(tls with { Certificate = "server.pem" }));
        Assert.Single(Faults(tls with { CertificateKey = "server.key" }));
        Assert.Single(Faults(new NetworkOptions { DevCertificate = true }));
        Assert.Single(Faults(new NetworkOptions { Insecure = true }));
    }

    private static List<string> Faults(NetworkOptions options)
    {
        var faults = new List<string>();
        options.Validate(faults);
        return faults;
    }
}
