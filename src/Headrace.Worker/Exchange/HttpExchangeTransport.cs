using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Local;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Sends exchanges and reports as HTTP/1.1 POST requests with Protobuf bodies, over TCP or a Unix socket. Each message
/// in flight has a separate connection and a separate thread, which blocks until the reply arrives. HttpClient cannot
/// be used here, not even its synchronous calls: it opens connections on the thread pool, which a method may occupy
/// completely.
/// </summary>
internal sealed class HttpExchangeTransport : IExchangeTransport
{
    public const string Protobuf = "application/x-protobuf";

    /// <summary>
    /// Maximum number of channels. A worker has at most four messages in flight, and four submissions of children; the
    /// other channels are for aborted messages whose threads are still blocked, for example while a host name is
    /// resolved.
    /// </summary>
    private const int MaxChannels = 16;

    private readonly ServerEndpoint _endpoint;
    private readonly ExchangeReplies _replies;
    private readonly byte[] _exchangeHead;
    private readonly byte[] _childrenHead;
    private readonly Lock _lock = new();

    // Guarded by _lock: the idle channels, the total number of channels, and whether the transport has been closed.
    private readonly List<ExchangeChannel> _idle = [];
    private int _channels;
    private bool _isClosed;

    public HttpExchangeTransport(ServerEndpoint endpoint, string? key, string worker)
    {
        (_endpoint, _replies) = (endpoint, new ExchangeReplies(endpoint));
        _exchangeHead = HeadOf(endpoint, key, $"v1/workers/{worker}/exchange");
        _childrenHead = HeadOf(endpoint, key, $"v1/workers/{worker}/children");
    }

    private static byte[] HeadOf(ServerEndpoint endpoint, string? key, string path)
    {
        var url = new Uri(endpoint.Url, path);
        // A proxy for plain HTTP expects the full URL in the request.
        var viaProxy = endpoint.Proxy is not null && url.Scheme == Uri.UriSchemeHttp;
        var head = new StringBuilder()
            .Append("POST ")
            .Append(viaProxy ? url.AbsoluteUri : url.AbsolutePath)
            .Append(" HTTP/1.1\r\nHost: ")
            .Append(url.IsDefaultPort ? url.IdnHost : $"{url.IdnHost}:{url.Port}")
            .Append("\r\n");
        if (key is not null)
            head.Append("Authorization: Bearer ").Append(key).Append("\r\n");
        if (viaProxy && endpoint.ProxyAuthorization is { } proxyKey)
            head.Append("Proxy-Authorization: ").Append(proxyKey).Append("\r\n");
        head.Append("Content-Type: ").Append(Protobuf).Append("\r\nContent-Length: ");
        return Encoding.ASCII.GetBytes(head.ToString());
    }

    public ISentMessage Send(ExchangeRequest request, Action<ExchangeAnswer> onAnswer) =>
        Send(Write(_exchangeHead, request, _replies.Read, onAnswer));

    public ISentMessage Send(SubmitChildren request, Action<ExchangeAnswer> onAnswer) =>
        Send(Write(_childrenHead, request, _replies.ReadChildren, onAnswer));

    private SentMessage Send(SentMessage message)
    {
        if (TakeChannel() is { } channel)
            channel.Send(message);
        else
            message.Answer(_replies.Unreachable($"{MaxChannels} earlier attempts are still in progress"));
        return message;
    }

    public void Dispose()
    {
        List<ExchangeChannel> idle;
        lock (_lock)
        {
            _isClosed = true;
            idle = [.. _idle];
            _idle.Clear();
        }
        foreach (var channel in idle)
            channel.Close();
    }

    internal void OnIdle(ExchangeChannel channel)
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                _idle.Add(channel);
                return;
            }
        }
        channel.Close();
    }

    internal bool TryRetire(ExchangeChannel channel)
    {
        lock (_lock)
            return _idle.Remove(channel);
    }

    internal void OnClosed()
    {
        lock (_lock)
            _channels--;
    }

    /// <summary>
    /// Returns the most recently used idle channel, or a new channel if none is idle; null if there are too
    /// many channels.
    /// </summary>
    private ExchangeChannel? TakeChannel()
    {
        lock (_lock)
        {
            if (_idle.Count > 0)
            {
                var channel = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
                return channel;
            }
            if (_channels == MaxChannels)
                return null;
            _channels++;
        }
        return new ExchangeChannel(this, _endpoint, _replies);
    }

    // Written on the loop's thread, because the state machine may later change the objects to which the request refers.
    private SentMessage Write<T>(
        byte[] head,
        T request,
        Func<HttpReply, ExchangeAnswer> read,
        Action<ExchangeAnswer> onAnswer
    )
        where T : IWireMessage
    {
        // The request has a Content-Length. The server uses it to reserve memory before it reads the body (R13).
        var bodyBytes = WireWriter.SizeOf(request);
        const int MaxLengthText = 16;
        var buffer = ArrayPool<byte>.Shared.Rent(head.Length + MaxLengthText + bodyBytes);
        head.CopyTo(buffer, 0);
        var at = head.Length;
        Utf8Formatter.TryFormat(bodyBytes, buffer.AsSpan(at), out var digits);
        at += digits;
        "\r\n\r\n"u8.CopyTo(buffer.AsSpan(at));
        at += 4;
        WireWriter.Write(request, buffer.AsSpan(at, bodyBytes));
        return new SentMessage(buffer, at + bodyBytes, _replies, read, onAnswer);
    }
}
