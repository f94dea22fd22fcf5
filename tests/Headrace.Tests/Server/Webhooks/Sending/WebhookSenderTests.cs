using System.Net;
using System.Net.Sockets;
using System.Text;
using Headrace.Server.Webhooks.Sending;
using Headrace.Tests.Bridges;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Server.Webhooks.Sending;

/// <summary>Tests individual delivery attempts to receivers that misbehave.</summary>
public sealed class WebhookSenderTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static readonly IPNetwork Loopback = IPNetwork.Parse("127.0.0.0/8");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(200)]
    [InlineData(202)]
    [InlineData(299)]
    public async Task A_receiver_accepts_with_any_status_from_200_to_299(int status)
    {
        await using var receiver = new Receiver { Answer = _ => Receiver.Reply(status, "thanks") };

        var result = await SendAsync(receiver.Url);

        Assert.Equal((status, null, true), (result.Status, result.Error, result.IsAccepted));
        var received = await receiver.NextAsync();
        Assert.Equal("POST /hook?key=k1 HTTP/1.1", received.Line);
        Assert.Equal("msg_1", received.Id);
        Assert.Equal("application/json", received.Headers["content-type"]);
        Assert.Equal("1796040000", received.Headers["webhook-timestamp"]);
        Assert.True(received.IsSignedWith(Secret));
        Assert.False(received.Headers.ContainsKey("traceparent"));
    }

    [Fact]
    public async Task Any_other_status_is_a_failure_that_quotes_the_beginning_of_the_reply()
    {
        await using var receiver = new Receiver { Answer = _ => Receiver.Reply(500, "out of\r\npaper") };

        var result = await SendAsync(receiver.Url);

        Assert.Equal((500, "The receiver answered with status 500: out of  paper."), (result.Status, result.Error));
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var target = new Receiver();
        await using var receiver = new Receiver { Answer = _ => Receiver.Reply(307, "", $"Location: {target.Url}") };

        var result = await SendAsync(receiver.Url);

        Assert.Equal(
            (
                307,
                "The receiver answered with the redirect 307. Redirects are not followed; set the URL to the final "
                    + "address."
            ),
            (result.Status, result.Error)
        );
        Assert.Null(target.Waiting);
    }

    [Theory]
    [InlineData("Retry-After: 120", 120)]
    [InlineData("Retry-After: Mon, 30 Nov 2026 12:01:00 GMT", 60)]
    [InlineData("Retry-After: Mon, 30 Nov 2026 11:00:00 GMT", null)]
    [InlineData("Retry-After: soon", null)]
    [InlineData("Retry-After: 0", null)]
    [InlineData("Retry-After: -5", null)]
    [InlineData("Retry-After: 2147483648", 86_400)]
    [InlineData("Retry-After: 99999999999", 86_400)]
    [InlineData("Retry-After: 999999999999999999999999999999", 86_400)]
    public async Task The_delay_that_a_receiver_requests_is_read(string header, int? seconds)
    {
        await using var receiver = new Receiver { Answer = _ => Receiver.Reply(503, "", header) };

        var result = await SendAsync(receiver.Url);

        Assert.Equal(seconds, (int?)result.RetryAfter?.TotalSeconds);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", true)]
    [InlineData("HTTP/1.1 500 No\r\nContent-Length: 1073741824\r\n\r\n", false)]
    public async Task A_reply_of_1_GB_is_read_up_to_its_limit(string head, bool isAccepted)
    {
        var closed = new TaskCompletionSource<long>();
        await using var receiver = new Receiver
        {
            Behave = async (_, stream, stop) =>
            {
                var written = 0L;
                try
                {
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(head), stop);
                    var part = new byte[64 << 10];
                    for (; written < 1 << 30; written += part.Length)
                        await stream.WriteAsync(part, stop);
                }
                finally
                {
                    closed.TrySetResult(written);
                }
                return false;
            },
        };

        var result = await SendAsync(receiver.Url);

        Assert.Equal(isAccepted, result.IsAccepted);
        // The socket buffers hold several megabytes in addition to the data that was read.
        Assert.InRange(await Eventually.EndsAsync("the end of the connection", closed.Task), 0, 64 << 20);
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_fails_after_the_timeout()
    {
        await using var receiver = new Receiver
        {
            Behave = async (_, _, stop) =>
            {
                await Task.Delay(Timeout.Infinite, stop);
                return false;
            },
        };

        var sending = SendAsync(receiver.Url);
        await receiver.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(16));

        var result = await Eventually.EndsAsync("the timeout", sending);
        Assert.Equal((null, "The receiver did not reply within 15 s."), (result.Status, result.Error));
    }

    [Fact]
    public async Task A_connection_that_is_reset_is_a_failure()
    {
        await using var receiver = new Receiver
        {
            Behave = (_, stream, _) =>
            {
                stream.Socket.LingerState = new LingerOption(enable: true, seconds: 0);
                return Task.FromResult(false);
            },
        };

        var result = await SendAsync(receiver.Url);

        Assert.Null(result.Status);
        Assert.StartsWith("The request failed: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_without_a_listener_is_a_failure()
    {
        string url;
        await using (var gone = new Receiver())
            url = gone.Url;

        var result = await SendAsync(url);

        Assert.Equal((null, "The request failed: Connection refused"), (result.Status, result.Error));
    }

    [Fact]
    public async Task A_receiver_whose_certificate_is_not_trusted_receives_nothing()
    {
        using var files = new TestCertificate();
        using var certificate = files.Load();
        await using var receiver = new Receiver(certificate);

        var result = await SendAsync(receiver.Url);

        Assert.Null(result.Status);
        Assert.StartsWith("The TLS connection failed: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("UntrustedRoot", result.Error, StringComparison.Ordinal);
        Assert.EndsWith(
            "To trust another authority, name its certificate in SSL_CERT_FILE and restart the server.",
            result.Error,
            StringComparison.Ordinal
        );
        Assert.Null(receiver.Waiting);
    }

    [Fact]
    public async Task Bytes_that_are_not_HTTP_are_a_failure()
    {
        await using var receiver = new Receiver { Answer = _ => "220 mail.example ESMTP\r\n\r\n" };

        var result = await SendAsync(receiver.Url);

        Assert.StartsWith("The request failed: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_resolves_to_a_private_address_later_is_not_connected_to()
    {
        await using var receiver = new Receiver { Answer = _ => Receiver.Reply(200, "", "Connection: close") };
        var resolver = new ChangingResolver("127.0.0.1", "10.0.0.7", "169.254.169.254", "::ffff:127.0.0.2");
        using var sender = new WebhookSender(new AddressRule([IPNetwork.Parse("127.0.0.1/32")]), resolver, _time);
        var url = $"http://hooks.example:{receiver.Port}/";

        Assert.True((await SendAsync(sender, url)).IsAccepted);
        foreach (var address in new[] { "10.0.0.7", "169.254.169.254", "::ffff:127.0.0.2" })
            Assert.Equal(
                $"The host hooks.example has the address {address}, which is not public. To allow webhooks to "
                    + "this address, add it or its network to HEADRACE_WEBHOOKS__NETWORKS and restart the server.",
                (await SendAsync(sender, url)).Error
            );
        Assert.Equal(4, resolver.Lookups);
    }

    [Fact]
    public async Task Of_several_addresses_only_the_permitted_ones_are_used()
    {
        await using var receiver = new Receiver();
        using var sender = new WebhookSender(
            new AddressRule([IPNetwork.Parse("127.0.0.1/32")]),
            new ChangingResolver("10.0.0.7 127.0.0.1"),
            _time
        );

        Assert.True((await SendAsync(sender, $"http://hooks.example:{receiver.Port}/")).IsAccepted);
    }

    [Fact]
    public async Task A_public_address_is_reached_only_with_TLS()
    {
        using var sender = new WebhookSender(new AddressRule([Loopback]), new ChangingResolver("8.8.8.8"), _time);

        Assert.Equal(
            "The host hooks.example has a public address, to which webhooks are sent only over TLS. Use https.",
            (await SendAsync(sender, "http://hooks.example/")).Error
        );
    }

    private async Task<SendResult> SendAsync(string url)
    {
        using var sender = new WebhookSender(new AddressRule([Loopback]), new DnsResolver(), _time);
        return await SendAsync(sender, url);
    }

    private static Task<SendResult> SendAsync(WebhookSender sender, string url) =>
        sender.SendAsync(
            new WebhookTarget(new Uri(url), WebhookLimits.DefaultTimeout, [Secret]),
            new WebhookMessage("msg_1", "{}"u8.ToArray()),
            Stop
        );

    /// <summary>Returns the next addresses on each lookup, and repeats the last ones when no others remain.</summary>
    private sealed class ChangingResolver(params string[] addresses) : IHostResolver
    {
        public int Lookups { get; private set; }

        public Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
        {
            var texts = addresses[Math.Min(Lookups++, addresses.Length - 1)].Split(' ');
            return Task.FromResult<IReadOnlyList<IPAddress>>([.. texts.Select(IPAddress.Parse)]);
        }
    }
}
