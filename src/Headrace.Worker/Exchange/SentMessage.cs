using System.Buffers;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Represents one HTTP request on its way through an <see cref="ExchangeChannel"/>. Its sender may abort it at any time
/// and from any thread.
/// </summary>
internal sealed class SentMessage(
    byte[] request,
    int length,
    ExchangeReplies replies,
    Func<HttpReply, ExchangeAnswer> read,
    Action<ExchangeAnswer> onAnswer
) : ISentMessage
{
    private readonly Lock _lock = new();

    // Guarded by _lock: the connection that currently carries the message, and whether the message was aborted.
    private ServerStream? _stream;
    private bool _isAborted;

    /// <summary>Gets the whole request, header and body.</summary>
    public ReadOnlySpan<byte> Request => request.AsSpan(0, length);

    /// <summary>Converts the HTTP reply to this message.</summary>
    public ExchangeAnswer Read(HttpReply reply) => read(reply);

    /// <summary>Assigns the message to a connection. Returns false if it was aborted.</summary>
    public bool TryAttach(ServerStream stream)
    {
        lock (_lock)
        {
            if (_isAborted)
                return false;
            _stream = stream;
            return true;
        }
    }

    /// <summary>
    /// Releases the connection, so that a later abort does not close it. Returns false if the message was already
    /// aborted; its connection is then closed.
    /// </summary>
    public bool TryDetach()
    {
        lock (_lock)
        {
            _stream = null;
            return !_isAborted;
        }
    }

    /// <summary>
    /// Passes on the answer, and returns the request's buffer to its pool, because no connection uses the request any
    /// longer.
    /// </summary>
    public void Answer(ExchangeAnswer answer)
    {
        ArrayPool<byte>.Shared.Return(request);
        onAnswer(answer);
    }

    public void Abort()
    {
        lock (_lock)
        {
            _isAborted = true;
            _stream?.Close();
        }
    }

    public NoReply TimeOut(TimeSpan limit)
    {
        lock (_lock)
        {
            Abort();
            return _stream is { IsOpen: true }
                ? new NoReply($"The server did not reply within {limit.TotalSeconds:0.#} s.")
                : replies.Unreachable("the connection attempt timed out");
        }
    }
}
