using Headrace.Client;
using Headrace.Protocol.Json;
using Headrace.Tests.Bridges;
using Headrace.Tests.Server;
using Headrace.Tests.Server.Webhooks;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Kills and stops servers while a webhook is delivering messages, also to a receiver with TLS.</summary>
[Trait("Needs", "Servers")]
public sealed class WebhookKillTests
{
    /// <summary>The proxy does not exist. A server that used it could send nothing.</summary>
    private static readonly (string, string)[] Settings =
    [
        ("HEADRACE_WEBHOOKS__NETWORKS", "127.0.0.0/8"),
        ("http_proxy", "http://127.0.0.1:9"),
        ("ALL_PROXY", "http://127.0.0.1:9"),
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_killed_between_a_delivery_and_its_acknowledgement_sends_again_with_the_same_id_R16()
    {
        await using var receiver = new Receiver
        {
            Behave = async (_, _, stop) =>
            {
                await Task.Delay(Timeout.Infinite, stop);
                return false;
            },
        };
        await using var server = await RunningServer.StartAsync(Settings);
        var added = await server.CliAsync("webhooks", "add", "w", receiver.Url, "--queue", "default");
        Assert.True(added.Code == 0, added.Error);
        var secret = added.Out.Trim();
        await server.CliAsync("run", "noop");
        // The receiver has the message, and may have processed it. The server does not know whether the receiver has
        // processed it.
        var before = await receiver.NextAsync();

        await server.KillAsync();
        receiver.Behave = null;
        await server.StartAgainAsync("0");

        var after = await receiver.NextAsync();
        Assert.Equal((before.Id, before.Job), (after.Id, after.Job));
        Assert.True(before.IsSignedWith(secret) && after.IsSignedWith(secret));
        await Eventually.SeesAsync(
            "the acknowledgement",
            async () => await ShowAsync(server) is { Lag: 0, State: "active" } shown ? shown : null,
            Eventually.WithProcesses
        );
        Assert.Null(receiver.Waiting);
    }

    [Fact]
    public async Task A_server_that_stops_acknowledges_what_the_receiver_has_accepted()
    {
        await using var receiver = new Receiver();
        await using var server = await RunningServer.StartAsync(Settings);
        await server.CliAsync("webhooks", "add", "w", receiver.Url, "--queue", "default");
        await server.CliAsync("run", "noop");
        var first = await receiver.NextAsync();

        Assert.Equal(0, await server.StopAsync());
        await server.StartAgainAsync("0");
        await server.CliAsync("run", "noop");

        Assert.NotEqual(first.Id, (await receiver.NextAsync()).Id);
        Assert.Null(receiver.Waiting);
    }

    [Fact]
    public async Task A_receiver_with_TLS_is_reached_if_the_settings_trust_its_authority()
    {
        using var files = new TestCertificate();
        using var certificate = files.Load();
        await using var receiver = new Receiver(certificate);
        await using var server = await RunningServer.StartAsync([
            .. Settings,
            ("SSL_CERT_FILE", files.CertificateFile),
        ]);
        var added = await server.CliAsync("webhooks", "add", "w", receiver.Url, "--queue", "default");
        await server.CliAsync("run", "noop");

        var received = await receiver.NextAsync();

        Assert.StartsWith("https://", receiver.Url, StringComparison.Ordinal);
        Assert.True(received.IsSignedWith(added.Out.Trim()));
    }

    private static async Task<WebhookReply> ShowAsync(RunningServer server)
    {
        var key = await File.ReadAllTextAsync(Path.Combine(server.Home, "data", "admin.key"), Stop);
        using var client = new HeadraceClient(server.Url, key.Trim());
        return await client.Webhooks.GetAsync("w", Stop);
    }
}
