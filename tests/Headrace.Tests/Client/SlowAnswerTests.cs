using Headrace.Client;
using Headrace.Protocol.Local;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Client;

public sealed class SlowAnswerTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_large_reply_over_a_slow_connection_may_take_longer_than_the_timeout_of_one_read()
    {
        using var link = Link();
        using var response = Answer(reads: 5, pause: TimeSpan.FromSeconds(60));

        var body = await link.ReadToEndAsync(response, Stop);

        Assert.Equal([0, 1, 2, 3, 4], body);
    }

    [Fact]
    public async Task A_server_that_sends_nothing_for_100_seconds_is_unreachable()
    {
        using var link = Link();
        using var response = Answer(reads: 2, pause: TimeSpan.FromSeconds(100));

        var unreachable = await Assert.ThrowsAsync<ServerUnreachableException>(() =>
            link.ReadToEndAsync(response, Stop)
        );

        Assert.Contains("it sent no data for 100 s", unreachable.Message, StringComparison.Ordinal);
        Assert.True(unreachable.MayHaveArrived);
    }

    private HttpTransport Link()
    {
        Assert.True(ServerEndpoint.TryParse(ServerEndpoint.Default, out var endpoint));
        return new HttpTransport(new ServerDiscovery(endpoint, null), _time);
    }

    private HttpResponseMessage Answer(int reads, TimeSpan pause) =>
        new() { Content = new StreamContent(new SlowStream(_time, reads, pause)) };

    /// <summary>
    /// A stream that returns one byte per read. Each read first advances the test's clock by the pause.
    /// </summary>
    private sealed class SlowStream(FakeTimeProvider time, int reads, TimeSpan pause) : MemoryStream
    {
        private byte _given;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            time.Advance(pause);
            cancellationToken.ThrowIfCancellationRequested();
            if (_given == reads)
                return ValueTask.FromResult(0);
            buffer.Span[0] = _given++;
            return ValueTask.FromResult(1);
        }
    }
}
