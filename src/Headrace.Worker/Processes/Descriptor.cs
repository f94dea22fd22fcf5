using System.Runtime.InteropServices;
using Headrace.Core;

namespace Headrace.Worker.Processes;

/// <summary>
/// An open file descriptor of this process. Children do not inherit it unless a <see cref="ProcessStart"/> passes it
/// on. Not thread-safe: it must not be closed while another thread uses it.
/// </summary>
internal sealed unsafe class Descriptor(int number) : IDisposable
{
    private const int ReadOnly = 0;
    private const int WriteOnly = 1;
    private const int Closed = -1;

    /// <summary>
    /// The lowest number of a descriptor that is passed to a child. It is higher than the number of any descriptor in
    /// the child, so that no descriptor is overwritten while the child's descriptors are set up one by one.
    /// </summary>
    public const int LowestNumber = 10;

    private int _number = number;

    public int Number => _number;

    public bool IsOpen => _number != Closed;

    /// <summary>
    /// Creates a pipe. Reads block; writes block only if <paramref name="writesWait"/> is true. Throws
    /// <see cref="HeadraceException"/> if this process cannot open any more files.
    /// </summary>
    public static (Descriptor Read, Descriptor Write) Pipe(bool writesWait = true)
    {
        var ends = stackalloc int[2];
        if (Libc.Pipe(ends, Libc.CloseOnExec) != 0)
            throw Failed("A pipe");
        if (!writesWait)
            _ = Libc.Control(ends[1], Libc.SetFileFlags, WriteOnly | Libc.NonBlocking);
        return (new Descriptor(Raise(ends[0])), new Descriptor(Raise(ends[1])));
    }

    /// <summary>Creates an event that any thread can set and that can be polled.</summary>
    public static Descriptor Event()
    {
        var file = Libc.EventFd(0, Libc.CloseOnExec | Libc.NonBlocking);
        return file >= 0 ? new Descriptor(file) : throw Failed("An event");
    }

    /// <summary>
    /// Opens a file for reading, without waiting for the writer of a named pipe. Throws
    /// <see cref="HeadraceException"/> if that fails.
    /// </summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="name">The subject of the exception's message; null for the path.</param>
    public static Descriptor OpenRead(string path, string? name = null) =>
        Open(path, ReadOnly | Libc.NonBlocking, name);

    /// <summary>
    /// Returns a descriptor that refers to a file without opening it; null if there is no such file. Throws
    /// <see cref="HeadraceException"/> if the path cannot be searched.
    /// </summary>
    public static Descriptor? TryFind(string path, string name, bool followLink)
    {
        var file = Libc.Open(path, Libc.PathOnly | (followLink ? 0 : Libc.NoFollow) | Libc.CloseOnExec);
        if (file >= 0)
            return new Descriptor(Raise(file));
        return Marshal.GetLastPInvokeError() == Libc.NoSuchFile ? null : throw Failed(name);
    }

    /// <summary>
    /// Creates a named pipe that only this user can open, and opens it for reading. A program that opens it for writing
    /// then does not wait. Throws <see cref="HeadraceException"/> if that fails.
    /// </summary>
    public static Descriptor OpenNamedPipe(string path) =>
        Libc.MakePipe(path, Libc.OwnerReadsAndWrites) == 0 ? OpenRead(path) : throw Failed($"The pipe {path}");

    /// <summary>Opens an existing file for writing. Throws <see cref="HeadraceException"/> if that fails.</summary>
    public static Descriptor OpenWrite(string path) => Open(path, WriteOnly);

    /// <summary>
    /// Reads the available bytes. Returns 0 at the end, and -1 if no bytes are available even though the descriptor was
    /// polled.
    /// </summary>
    public int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
            while (true)
            {
                var count = (int)Libc.Read(_number, start, buffer.Length);
                if (count >= 0)
                    return count;
                switch (Marshal.GetLastPInvokeError())
                {
                    case Libc.Interrupted:
                        continue;
                    case Libc.TryAgain:
                        return -1;
                    default:
                        // The other end failed, so nothing more can be read.
                        return 0;
                }
            }
    }

    /// <summary>Writes as much as possible without waiting. Returns -1 if the other end is closed.</summary>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
            while (true)
            {
                var count = (int)Libc.Write(_number, start, bytes.Length);
                if (count >= 0)
                    return count;
                switch (Marshal.GetLastPInvokeError())
                {
                    case Libc.Interrupted:
                        continue;
                    case Libc.TryAgain:
                        return 0;
                    default:
                        return -1;
                }
            }
    }

    /// <summary>Sets an event.</summary>
    public void Set() => Write(BitConverter.GetBytes(1UL));

    /// <summary>Clears an event.</summary>
    public void Clear() => Read(stackalloc byte[sizeof(ulong)]);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _number, Closed) is var number and not Closed)
            _ = Libc.Close(number);
    }

    private static Descriptor Open(string path, int mode, string? name = null)
    {
        var file = Libc.Open(path, mode | Libc.CloseOnExec);
        return file >= 0 ? new Descriptor(Raise(file)) : throw Failed(name ?? $"The file {path}");
    }

    /// <summary>Replaces a descriptor with one whose number is at least <see cref="LowestNumber"/>.</summary>
    private static int Raise(int file)
    {
        if (file >= LowestNumber)
            return file;
        var raised = Libc.Control(file, Libc.DuplicateAbove, LowestNumber);
        if (raised < 0)
            throw Failed("A descriptor");
        _ = Libc.Close(file);
        return raised;
    }

    private static HeadraceException Failed(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new HeadraceException(
            $"{what} could not be opened: {Marshal.GetPInvokeErrorMessage(error)}."
                + (
                    error == Libc.TooManyFiles
                        ? " Increase the limit on open files (ulimit -n), or start the worker with fewer slots."
                        : ""
                )
        );
    }
}
