using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Warm;

/// <summary>
/// The two pipes that carry frames, and the bytes in transit. No method waits, except in a warm process itself, whose
/// pipes block.
/// </summary>
/// <param name="calls">The pipe to which frames are written.</param>
/// <param name="answers">The pipe from which frames are read.</param>
/// <param name="maxFrame">The largest frame that is read.</param>
internal sealed class WarmChannel(Descriptor calls, Descriptor answers, int maxFrame = WarmCodec.MaxFrame) : IDisposable
{
    private const int ReadSize = 256 << 10;

    private readonly ArrayBufferWriter<byte> _unsent = new();
    private byte[] _received = GC.AllocateUninitializedArray<byte>(ReadSize);
    private int _sentCount;
    private int _start;
    private int _end;
    private long _skip;
    private bool _closeWhenSent;

    // Whether the process has closed the end from which it reads calls. It may do so and live on.
    private bool _isCallsEndClosed;

    /// <summary>Gets the descriptor to which frames are written; null once it has been closed.</summary>
    public Descriptor? Calls { get; private set; } = calls;

    /// <summary>Gets the descriptor from which frames are read; null once the process has closed its end.</summary>
    public Descriptor? Answers { get; private set; } = answers;

    /// <summary>Gets whether the process has closed one of its ends, as far as this was noticed.</summary>
    public bool IsClosedByProcess => Answers is null || _isCallsEndClosed;

    public bool HasUnsent => Calls is not null && _unsent.WrittenCount > _sentCount;

    /// <summary>Sends as much of a frame as the process currently accepts, and keeps the rest.</summary>
    public void Send(WarmFrame frame)
    {
        Enqueue(frame);
        Flush();
    }

    /// <summary>Keeps a frame for the next <see cref="Flush"/>.</summary>
    public void Enqueue(WarmFrame frame)
    {
        if (Calls is not null)
            WarmCodec.Write(_unsent, frame);
    }

    /// <summary>Closes the pipe to the process once everything has been sent.</summary>
    public void CloseCallsWhenSent()
    {
        _closeWhenSent = true;
        Flush();
    }

    /// <summary>Writes as much as the process currently accepts.</summary>
    public void Flush()
    {
        while (HasUnsent)
        {
            var count = Calls!.Write(_unsent.WrittenSpan[_sentCount..]);
            if (count == 0)
                return;
            if (count < 0)
                OnCallsEndClosed();
            _sentCount += Math.Max(count, 0);
        }
        _unsent.ResetWrittenCount();
        _sentCount = 0;
        if (_closeWhenSent)
            CloseCalls();
    }

    /// <summary>Handles what a poll of <see cref="Calls"/> has returned.</summary>
    public void OnCallsPolled(short returned)
    {
        if ((returned & Libc.PollError) != 0)
            OnCallsEndClosed();
        else if (returned != 0)
            Flush();
    }

    /// <summary>Reads the bytes that the process has sent. Returns false once the pipe has ended.</summary>
    public bool Receive()
    {
        if (Answers is null)
            return false;
        MakeRoom();
        var count = Answers.Read(_received.AsSpan(_end));
        if (count > 0)
        {
            _end += count;
            return true;
        }
        Answers.Dispose();
        Answers = null;
        return false;
    }

    /// <summary>
    /// Takes the next complete frame. Throws <see cref="WarmProtocolException"/> if it is not valid.
    /// </summary>
    public bool TryTake([NotNullWhen(true)] out WarmFrame? frame)
    {
        var skipped = (int)Math.Min(_skip, _end - _start);
        (_start, _skip) = (_start + skipped, _skip - skipped);
        frame = null;
        if (_skip > 0)
            return false;
        frame = WarmCodec.TryRead(_received.AsSpan(_start, _end - _start), out var used, out _skip, maxFrame);
        _start += used;
        return frame is not null;
    }

    public void DiscardReceived() => (_start, _end) = (0, 0);

    public void Dispose()
    {
        CloseCalls();
        Answers?.Dispose();
    }

    private void OnCallsEndClosed()
    {
        _isCallsEndClosed = true;
        CloseCalls();
    }

    private void CloseCalls()
    {
        Calls?.Dispose();
        Calls = null;
    }

    /// <summary>
    /// Makes room for at least one read. The buffer never grows beyond the size of the largest frame plus one read,
    /// because complete frames are taken out before the next read.
    /// </summary>
    private void MakeRoom()
    {
        if (_start > 0)
        {
            _received.AsSpan(_start, _end - _start).CopyTo(_received);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _received.Length)
            Array.Resize(ref _received, _received.Length * 2);
    }
}
