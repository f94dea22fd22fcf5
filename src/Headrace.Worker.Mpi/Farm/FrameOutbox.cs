using System.Buffers;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Mpi.Farm;

/// <summary>Collects the frames of a rank until its MPI thread sends them. Any thread may write.</summary>
/// <param name="onWritten">Called when frames should be sent soon.</param>
internal sealed class FrameOutbox(Action onWritten)
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private ArrayBufferWriter<byte> _frames = new();
    private ArrayBufferWriter<byte> _spare = new();

    public void Write(WarmFrame frame, bool soon = true)
    {
        lock (_lock)
            WarmCodec.Write(_frames, frame);
        if (soon)
            onWritten();
    }

    /// <summary>
    /// Removes and returns all frames. They stay valid until the next call. Only the MPI thread may call this.
    /// </summary>
    public ReadOnlyMemory<byte> Take()
    {
        lock (_lock)
        {
            if (_frames.WrittenCount == 0)
                return default;
            (_frames, _spare) = (_spare, _frames);
            _frames.ResetWrittenCount();
            return _spare.WrittenMemory;
        }
    }
}
