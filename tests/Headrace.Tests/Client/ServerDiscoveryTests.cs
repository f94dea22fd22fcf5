using Headrace.Core;
using Headrace.Protocol.Local;
using Xunit;

namespace Headrace.Tests.Client;

/// <summary>
/// Tests how a server and its key are found. The command line, the client and the worker all find them in the same way.
/// </summary>
public sealed class ServerDiscoveryTests
{
    private static readonly RunningServer Server = new("http://127.0.0.1:5555", "/run/h.sock", "/data", "s", 1);
    private static readonly RunningServer Older = new("http://127.0.0.1:6666", "/run/o.sock", "/older", "o", 2);

    private static DiscoverySources Sources(
        Dictionary<string, string>? variables = null,
        NamedServer? configured = null,
        IReadOnlyList<RunningServer>? running = null,
        Func<string, bool>? accepts = null
    ) =>
        new()
        {
            Variable = name => variables?.GetValueOrDefault(name),
            ConfiguredServer = () => configured,
            Running = () => running ?? [Server],
            Accepts = endpoint => accepts?.Invoke(endpoint.ToString()) ?? true,
            KeyFile = path => $"key-of-{path}",
        };

    private static Dictionary<string, string> Variable(string name, string? value) =>
        value is null ? [] : new() { [name] = value };

    [Theory]
    [InlineData("http://a:1", "http://b:2", "http://c:3", "http://a:1")]
    [InlineData(null, "http://b:2", "http://c:3", "http://b:2")]
    [InlineData(null, null, "http://c:3", "http://c:3")]
    [InlineData(null, null, null, "unix:/run/h.sock")]
    [InlineData(null, "", null, "unix:/run/h.sock")]
    [InlineData("unix:/x/y.sock", null, null, "unix:/x/y.sock")]
    [InlineData("https://host/under/", null, null, "https://host/under")]
    [InlineData(" http://a:1\n", null, null, "http://a:1")]
    public void An_explicit_server_wins_over_the_environment_then_the_configuration_then_a_running_server(
        string? given,
        string? environment,
        string? configured,
        string expected
    )
    {
        var sources = Sources(
            Variable("HEADRACE_SERVER", environment),
            configured is null ? null : new NamedServer(configured, "/c.json")
        );

        Assert.Equal(expected, ServerDiscovery.Find(given, null, sources).Endpoint.ToString());
    }

    [Fact]
    public void Without_a_server_of_this_user_no_other_server_is_asked()
    {
        var none = Assert.Throws<HeadraceException>(() => ServerDiscovery.Find(null, null, Sources(running: [])));

        Assert.Equal(
            "You have no server running on this machine, and HEADRACE_SERVER is not set. Start one with "
                + "`headrace up`, or set HEADRACE_SERVER to an address such as http://127.0.0.1:8080, "
                + "https://host/prefix or unix:/path/to.sock.",
            none.Message
        );
    }

    [Theory]
    [InlineData("unix:/run/h.sock", "unix:/run/o.sock", "key-of-/older/admin.key")]
    [InlineData("unix:/run/h.sock http://127.0.0.1:5555", "unix:/run/o.sock", "key-of-/older/admin.key")]
    [InlineData("unix:/run/o.sock", "unix:/run/h.sock", "key-of-/data/admin.key")]
    public void A_server_that_does_not_accept_connections_is_passed_over(string dead, string found, string key)
    {
        // If the newest server has exited, its second address is closed as well.
        var closed = dead.Split(' ').ToHashSet();
        if (closed.Contains("unix:/run/h.sock"))
            closed.Add("http://127.0.0.1:5555");

        var choice = ServerDiscovery.Find(
            null,
            null,
            Sources(running: [Server, Older], accepts: address => !closed.Contains(address))
        );

        Assert.Equal((found, key), (choice.Endpoint.ToString(), choice.Key));
    }

    [Fact]
    public void A_server_whose_socket_file_was_removed_is_reached_by_its_url()
    {
        var sources = Sources(accepts: address => !address.StartsWith("unix:", StringComparison.Ordinal));

        Assert.Equal("http://127.0.0.1:5555", ServerDiscovery.Find(null, null, sources).Endpoint.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http://localhost:5555/")]
    [InlineData("http://127.0.0.1:5555/prefix")]
    [InlineData("unix:/run/h.sock")]
    public void Admin_key_of_a_running_server_is_found_by_any_of_its_addresses(string? given) =>
        Assert.Equal("key-of-/data/admin.key", ServerDiscovery.Find(given, null, Sources()).Key);

    [Theory]
    [InlineData("http://127.0.0.1:5556")]
    [InlineData("http://elsewhere:5555")]
    [InlineData("unix:/run/other.sock")]
    public void Admin_key_is_never_sent_to_another_server(string given) =>
        Assert.Null(ServerDiscovery.Find(given, null, Sources()).Key);

    [Theory]
    [InlineData("hr_1\n", null, "hr_1")]
    [InlineData(null, " hr_2\r\n", "hr_2")]
    [InlineData(" ", "hr_2", "hr_2")]
    public void A_key_is_trimmed(string? given, string? environment, string expected) =>
        Assert.Equal(expected, ServerDiscovery.Find(null, given, Sources(Variable("HEADRACE_KEY", environment))).Key);

    [Theory]
    [InlineData("a\nb", "U+000A at position 2 of 3")]
    [InlineData("schlüssel", "U+00FC at position 5 of 9")]
    public void A_key_that_a_header_cannot_carry_is_rejected_without_showing_it(string key, string expected)
    {
        var refused = Assert.Throws<ArgumentException>(() =>
            ServerDiscovery.Find(null, null, Sources(Variable("HEADRACE_KEY", key)))
        );

        Assert.StartsWith($"HEADRACE_KEY contains the character {expected}", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost:8080")]
    [InlineData("ftp://host")]
    [InlineData("unix:relative.sock")]
    [InlineData("http://a:1,http://b:2")]
    public void An_invalid_address_is_rejected_with_its_value_and_its_origin(string address)
    {
        string Refusal(string? given, string? environment, string? configured) =>
            Assert
                .Throws<ArgumentException>(() =>
                    ServerDiscovery.Find(
                        given,
                        null,
                        Sources(
                            Variable("HEADRACE_SERVER", environment),
                            configured is null ? null : new NamedServer(configured, "/c.json")
                        )
                    )
                )
                .Message;

        Assert.StartsWith(
            $"The server address '{address}' is not valid.",
            Refusal(address, null, null),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            $"HEADRACE_SERVER is '{address}', which is not valid.",
            Refusal(null, address, null),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            $"The server in /c.json is '{address}', which is not valid.",
            Refusal(null, null, address),
            StringComparison.Ordinal
        );
    }
}
