using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Mpi.Processes;

/// <summary>
/// The connection of a rank to the worker that started it (docs/mpi.md). Two threads serve it, because the MPI thread
/// may be busy with a method: one thread sends heartbeats, and the other reads frames. When the worker closes the
/// connection, the group has ended, and the process exits at once.
/// </summary>
internal sealed class SupervisorConnection : IDisposable
{
    private const uint Version = 1;

    /// <summary>The worker expects one heartbeat a second.</summary>
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromMilliseconds(500);

    private readonly Socket _socket;
    private readonly Pulse _pulse;
    private readonly Action<WarmFrame> _onFrame;
    private readonly Lock _sending = new();
    private readonly ManualResetEventSlim _isClosing = new();

    private SupervisorConnection(Socket socket, Pulse pulse, Action<WarmFrame> onFrame)
    {
        (_socket, _pulse, _onFrame) = (socket, pulse, onFrame);
    }

    /// <summary>Connects to the worker and joins the group as a rank.</summary>
    /// <param name="environment">The address at which the worker listens, and the epoch of the group.</param>
    /// <param name="rank">The rank.</param>
    /// <param name="size">The number of ranks.</param>
    /// <param name="pulse">Shows whether the MPI thread is making progress.</param>
    /// <param name="onFrame">Receives the frames from the worker, on the reading thread.</param>
    public static SupervisorConnection Join(
        RankEnvironment environment,
        int rank,
        int size,
        Pulse pulse,
        Action<WarmFrame> onFrame
    )
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(environment.Socket));
        var connection = new SupervisorConnection(socket, pulse, onFrame);
        connection.Send(JoinFrame(rank, size, environment.Epoch));
        Start("heartbeats", connection.SendHeartbeats);
        Start("frames", connection.Read);
        return connection;
    }

    /// <summary>Sends frames. Any thread may call this.</summary>
    public void Send(ReadOnlySpan<byte> frames)
    {
        try
        {
            lock (_sending)
                while (frames.Length > 0)
                    frames = frames[_socket.Send(frames)..];
        }
        catch (SocketException)
        {
            OnClosed();
        }
    }

    public void Send(WarmFrame frame)
    {
        var bytes = new ArrayBufferWriter<byte>();
        WarmCodec.Write(bytes, frame);
        Send(bytes.WrittenSpan);
    }

    /// <summary>Records that the group is stopping, so that the worker may close the connection.</summary>
    public void ExpectClose() => _isClosing.Set();

    public void Dispose()
    {
        _isClosing.Set();
        _socket.Dispose();
    }

    private static void Start(string name, Action run) =>
        new Thread(() => run()) { IsBackground = true, Name = name }.Start();

    private static byte[] JoinFrame(int rank, int size, ulong epoch)
    {
        var frame = new byte[25];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, 21);
        frame[4] = (byte)'j';
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(5), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(9), (uint)rank);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(13), (uint)size);
        BinaryPrimitives.WriteUInt64LittleEndian(frame.AsSpan(17), epoch);
        return frame;
    }

    private void SendHeartbeats()
    {
        while (!_isClosing.Wait(HeartbeatInterval))
            if (_pulse.HasProgressed())
                Send([1, 0, 0, 0, (byte)'b']);
    }

    private void Read()
    {
        var received = new byte[64 << 10];
        var count = 0;
        try
        {
            while (_socket.Receive(received.AsSpan(count)) is > 0 and var more)
            {
                count += more;
                var start = 0;
                while (TryRead(received.AsSpan(start, count - start), out var used) is { } frame)
                {
                    start += used;
                    _onFrame(frame);
                }
                received.AsSpan(start, count - start).CopyTo(received);
                count -= start;
                if (count == received.Length)
                    Array.Resize(ref received, 2 * received.Length);
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // The connection was closed. This is handled like the end of the stream.
        }
        OnClosed();
    }

    private static WarmFrame? TryRead(ReadOnlySpan<byte> bytes, out int used) =>
        WarmCodec.TryRead(bytes, out used, out _, int.MaxValue);

    private void OnClosed()
    {
        if (!_isClosing.IsSet)
            RankExit.Now(RankExit.Ended);
    }
}
