namespace Headrace.Worker.Processes;

/// <summary>One output stream of a program: the worker's end of the pipe, and the destination of the bytes.</summary>
internal sealed class OutputStream(Descriptor pipe, OutputStream.Receiver receiver) : IDisposable
{
    /// <summary>Receives bytes in the order in which the program wrote them.</summary>
    public delegate void Receiver(ReadOnlySpan<byte> bytes);

    /// <summary>Gets the pipe; null after the program has closed its end.</summary>
    public Descriptor? Pipe { get; private set; } = pipe;

    /// <summary>
    /// Gets a value indicating whether a read would return at once, with bytes or with the end of the stream.
    /// </summary>
    public bool HasData
    {
        get
        {
            if (Pipe is null)
                return false;
            unsafe
            {
                var entry = new Libc.PollEntry { File = Pipe.Number, Events = Libc.PollIn };
                return Libc.Poll(&entry, 1, 0) > 0;
            }
        }
    }

    /// <summary>Reads the data that is currently in the pipe.</summary>
    /// <param name="buffer">A buffer, which may be shared with other streams.</param>
    public void Read(byte[] buffer)
    {
        if (Pipe is null)
            return;
        var count = Pipe.Read(buffer);
        if (count > 0)
            receiver(buffer.AsSpan(0, count));
        else
            Dispose();
    }

    public void Dispose()
    {
        Pipe?.Dispose();
        Pipe = null;
    }
}
