using System.Security.Authentication;
using Headrace.Protocol.Local;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Sends messages over one connection, one after another, on a separate thread, which blocks until the reply arrives.
/// The thread ends when the channel has been idle for a while.
/// </summary>
internal sealed class ExchangeChannel
{
    /// <summary>
    /// How long an idle channel is kept. Servers and proxies keep idle connections for a minute or longer.
    /// </summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Stack size of the thread in bytes, sufficient for a TLS handshake.</summary>
    private const int StackBytes = 512 << 10;

    private readonly HttpExchangeTransport _owner;
    private readonly ServerEndpoint _endpoint;
    private readonly ExchangeReplies _replies;

    // This is not a Lock, because the thread waits on it with Monitor.Wait.
    private readonly object _gate = new();

    // Guarded by _gate.
    private SentMessage? _next;
    private bool _isClosed;

    // Used only by the thread of this channel; null while there is no connection.
    private ServerStream? _stream;

    public ExchangeChannel(HttpExchangeTransport owner, ServerEndpoint endpoint, ExchangeReplies replies)
    {
        (_owner, _endpoint, _replies) = (owner, endpoint, replies);
        new Thread(Run, StackBytes) { IsBackground = true, Name = "Headrace exchange" }.Start();
    }

    /// <summary>Sends a message. The channel must be idle.</summary>
    public void Send(SentMessage message)
    {
        lock (_gate)
        {
            _next = message;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends the thread after the current message.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        while (TakeNext() is { } message)
        {
            var answer = Exchange(message);
            // The channel becomes idle first, because the sender may send its next message as soon as it has the
            // answer, and it should then be able to use this channel.
            _owner.OnIdle(this);
            message.Answer(answer);
        }
        _stream?.Close();
        _owner.OnClosed();
    }

    private SentMessage? TakeNext()
    {
        lock (_gate)
        {
            while (_next is null && !_isClosed)
                if (!Monitor.Wait(_gate, IdleTimeout) && _next is null && _owner.TryRetire(this))
                    return null;
            var message = _next;
            _next = null;
            return message;
        }
    }

    private ExchangeAnswer Exchange(SentMessage message)
    {
        while (true)
        {
            var isReused = _stream?.IsUsable() == true;
            if (!isReused)
            {
                _stream?.Close();
                _stream = new ServerStream(_endpoint);
            }
            var stream = _stream!;
            try
            {
                if (message.TryAttach(stream))
                {
                    if (!isReused)
                        stream.Open();
                    var reply = stream.Exchange(message.Request);
                    if (!message.TryDetach() || !reply.KeepAlive)
                        Disconnect();
                    return message.Read(reply);
                }
                Disconnect();
                return _replies.Lost("the message was aborted");
            }
            // Catches every exception, because a message that fails for an unexpected reason counts as unanswered and
            // is sent again.
            catch (Exception broken)
            {
                Disconnect();
                // The server may have closed the idle connection just as the request was sent. It is safe to send the
                // request again, because the server recognizes a repeated exchange or submission by its number, and an
                // outcome by its lease.
                if (broken is IOException && isReused && !stream.HasReceived && message.TryDetach())
                    continue;
                return broken switch
                {
                    HttpFormatException odd => _replies.NotHeadrace(odd.Message),
                    AuthenticationException refused => _replies.Unreachable(
                        $"the TLS handshake failed ({refused.Message.TrimEnd('.')})"
                    ),
                    _ when !stream.IsOpen => _replies.NotConnected(broken),
                    IOException => _replies.Lost(broken.Message),
                    _ => _replies.Lost(broken.ToString()),
                };
            }
        }
    }

    private void Disconnect()
    {
        _stream?.Close();
        _stream = null;
    }
}
