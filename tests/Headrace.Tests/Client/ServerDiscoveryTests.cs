using Headrace.Client;
using Headrace.Protocol.Local;
using Xunit;

namespace Headrace.Tests.Client;

public sealed class ServerDiscoveryTests
{
    private static readonly RunningServer Server = new("http://127.0.0.1:5555", "/run/h.sock", "/data", "s", 1);

    [Theory]
    [InlineData("http://a:1", "http://b:2", "http://a:1")]
    [InlineData(null, "http://b:2", "http://b:2")]
    [InlineData(null, null, "unix:/run/h.sock")]
    [InlineData("unix:/x/y.sock", null, "unix:/x/y.sock")]
    [InlineData("https://host/under/", null, "https://host/under")]
    public void An_explicit_server_wins_over_the_environment_which_wins_over_a_running_server(
        string? given,
        string? environment,
        string expected
    )
    {
        var choice = ServerDiscovery.Find(
            given,
            null,
            name => name == "HEADRACE_SERVER" ? environment : null,
            [Server],
            _ => null
        );

        Assert.Equal(expected, choice.Endpoint.ToString());
    }

    [Fact]
    public void The_default_is_the_default_port_on_this_machine()
    {
        Assert.Equal(
            "http://127.0.0.1:8080",
            ServerDiscovery.Find(null, null, _ => null, [], _ => null).Endpoint.ToString()
        );
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http://localhost:5555/")]
    [InlineData("unix:/run/h.sock")]
    public void Admin_key_of_a_running_server_is_found_by_any_of_its_addresses(string? given)
    {
        var choice = ServerDiscovery.Find(
            given,
            null,
            _ => null,
            [Server],
            path => path == "/data/admin.key" ? "secret" : null
        );

        Assert.Equal("secret", choice.Key);
    }

    [Theory]
    [InlineData("http://127.0.0.1:5556")]
    [InlineData("http://elsewhere:5555")]
    [InlineData("unix:/run/other.sock")]
    public void Admin_key_is_never_sent_to_another_server(string given)
    {
        Assert.Null(ServerDiscovery.Find(given, null, _ => null, [Server], _ => "secret").Key);
    }

    [Theory]
    [InlineData("localhost:8080")]
    [InlineData("ftp://host")]
    [InlineData("unix:relative.sock")]
    [InlineData("http://a:1,http://b:2")]
    public void An_invalid_address_is_rejected_with_its_value(string given)
    {
        var refused = Assert.Throws<ArgumentException>(() =>
            ServerDiscovery.Find(given, null, _ => null, [], _ => null)
        );

        Assert.Contains(given, refused.Message, StringComparison.Ordinal);
    }
}
