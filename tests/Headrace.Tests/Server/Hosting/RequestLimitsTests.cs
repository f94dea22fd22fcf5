using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Headrace.Server.Hosting;
using Headrace.Tests.Architecture;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class RequestLimitsTests(FrontScene scene) : IClassFixture<FrontScene>
{
    [Fact]
    public async Task A_head_that_exceeds_a_limit_is_rejected_and_one_within_it_is_read()
    {
        var longLine = $"GET /healthz?{new string('a', RequestLimits.RequestLineBytes)} HTTP/1.1\r\nHost: localhost";
        var longHeader = $"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: {new string('a', RequestLimits.HeaderBytes)}";

        Assert.Equal(414, await StatusAsync(longLine));
        Assert.Equal(431, await StatusAsync(longHeader));
        Assert.Equal(431, await StatusAsync(Headers(RequestLimits.Headers + 1)));
        Assert.Equal(200, await StatusAsync(Headers(RequestLimits.Headers)));

        // Host and Connection also count as headers.
        static string Headers(int count) =>
            "GET /healthz HTTP/1.1\r\nHost: localhost"
            + string.Concat(
                Enumerable.Range(0, count - 2).Select(i => string.Create(CultureInfo.InvariantCulture, $"\r\nX{i}: a"))
            );
    }

    [Fact]
    public void The_limits_of_the_web_server_are_those_of_the_contract()
    {
        var kestrel = new KestrelServerOptions();
        RequestLimits.Apply(kestrel.Limits);
        var limits = kestrel.Limits;

        Assert.Equal(RequestLimits.HeadTimeout, limits.RequestHeadersTimeout);
        Assert.Equal(RequestLimits.IdleTimeout, limits.KeepAliveTimeout);
        Assert.Equal(
            (RequestLimits.MinBytesPerSecond, RequestLimits.RateGrace),
            (limits.MinRequestBodyDataRate!.BytesPerSecond, limits.MinRequestBodyDataRate.GracePeriod)
        );
        Assert.Equal(
            (RequestLimits.MinBytesPerSecond, RequestLimits.RateGrace),
            (limits.MinResponseDataRate!.BytesPerSecond, limits.MinResponseDataRate.GracePeriod)
        );
        var row = Repository
            .Read("docs/contract.md")
            .Split('\n')
            .Single(line => line.StartsWith("| head of a request |", StringComparison.Ordinal));
        var stated = FormattableString.Invariant(
            $"a request line of {RequestLimits.RequestLineBytes >> 10} KB (414), {RequestLimits.Headers} headers and "
        );
        Assert.Contains(stated, row, StringComparison.Ordinal);
        Assert.Contains(
            FormattableString.Invariant($"{RequestLimits.HeaderBytes >> 10} KB of them (431)"),
            row,
            StringComparison.Ordinal
        );
        foreach (
            var text in (string[])
                [
                    $"within {RequestLimits.HeadTimeout.TotalSeconds} s",
                    $"within {RequestLimits.HandshakeTimeout.TotalSeconds} s",
                ]
        )
            Assert.Contains(text, row, StringComparison.Ordinal);
        var slow = Repository
            .Read("docs/contract.md")
            .Split('\n')
            .Single(line => line.StartsWith("| slow and idle connections |", StringComparison.Ordinal));
        foreach (
            var text in (string[])
                [
                    $"{RequestLimits.MinBytesPerSecond} bytes a second",
                    $"after {RequestLimits.RateGrace.TotalSeconds} s",
                    $"after {RequestLimits.IdleTimeout.TotalMinutes} min",
                ]
        )
            Assert.Contains(text, slow, StringComparison.Ordinal);
    }

    /// <summary>Sends a request and returns the status of the reply.</summary>
    private async Task<int> StatusAsync(string head)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(
            new IPEndPoint(IPAddress.Loopback, new Uri(scene.Server.Server.Ready.Url).Port),
            TestContext.Current.CancellationToken
        );
        await using var stream = new NetworkStream(socket);
        try
        {
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes($"{head}\r\nConnection: close\r\n\r\n"),
                TestContext.Current.CancellationToken
            );
        }
        catch (IOException)
        {
            // The server may reply and close the connection before it has read everything.
        }
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var line = await Eventually.EndsAsync(
            "the reply",
            reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
        );
        return int.Parse(line!.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture);
    }
}
