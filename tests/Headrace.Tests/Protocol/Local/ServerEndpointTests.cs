using Headrace.Protocol.Local;
using Xunit;

namespace Headrace.Tests.Protocol.Local;

public sealed class ServerEndpointTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080/", null, "http://127.0.0.1:8080")]
    [InlineData("https://host", "https://host/", null, "https://host")]
    [InlineData("https://host/prefix", "https://host/prefix/", null, "https://host/prefix")]
    [InlineData("https://host/a/b/", "https://host/a/b/", null, "https://host/a/b")]
    [InlineData("unix:/run/h.sock", "http://localhost/", "/run/h.sock", "unix:/run/h.sock")]
    public void An_address_is_read_and_written_back(string text, string url, string? socket, string written)
    {
        Assert.True(ServerEndpoint.TryParse(text, out var endpoint));

        Assert.Equal((url, socket), (endpoint.Url.ToString(), endpoint.Socket));
        Assert.Equal(written, endpoint.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost:8080")]
    [InlineData("ftp://host")]
    [InlineData("unix:relative.sock")]
    [InlineData("http://a:1,http://b:2")]
    [InlineData("http://user@host")]
    [InlineData("http://host/?key=secret")]
    [InlineData("http://host/#there")]
    public void An_address_that_requests_cannot_carry_completely_is_rejected(string text) =>
        Assert.False(ServerEndpoint.TryParse(text, out _));

    [Theory]
    [InlineData("/run/h.sock", "unix:/run/h.sock", "http://127.0.0.1:5555")]
    [InlineData("", "http://127.0.0.1:5555")]
    public void A_server_on_this_machine_is_reached_by_its_socket_and_otherwise_by_its_url(
        string socket,
        params string[] expected
    ) => Assert.Equal(expected, ServerEndpoint.AllOf(Running(socket)).Select(endpoint => endpoint.ToString()));

    [Theory]
    [InlineData("http://localhost:5555/", true)]
    [InlineData("http://127.0.0.1:5555/prefix", true)]
    [InlineData("unix:/run/h.sock", true)]
    [InlineData("http://127.0.0.1:5556", false)]
    [InlineData("http://elsewhere:5555", false)]
    [InlineData("unix:/run/other.sock", false)]
    public void A_server_is_recognised_by_each_of_its_addresses(string text, bool reaches)
    {
        Assert.True(ServerEndpoint.TryParse(text, out var endpoint));

        Assert.Equal(reaches, endpoint.Reaches(Running("/run/h.sock")));
        Assert.Equal(
            reaches ? "key of /data/admin.key" : null,
            LocalKey.Of(endpoint, [Running("/run/h.sock")], path => $"key of {path}")
        );
    }

    [Theory]
    [InlineData("http://127.0.0.1:1", false)]
    [InlineData("unix:/run/h.sock", false)]
    [InlineData("https://host", true)]
    public void A_connection_to_this_machine_uses_no_proxy_and_no_connection_follows_redirects(string text, bool proxy)
    {
        Assert.True(ServerEndpoint.TryParse(text, out var endpoint));
        using var handler = endpoint.CreateHandler();

        Assert.Equal((proxy, false, false), (handler.UseProxy, handler.AllowAutoRedirect, handler.UseCookies));
    }

    private static RunningServer Running(string socket) => new("http://127.0.0.1:5555", socket, "/data", "s", 1);
}
