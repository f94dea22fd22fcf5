using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Headrace.Mpi;
using Headrace.Worker.Mpi.Processes;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Mpi.Farm;

/// <summary>The objects that every rank's loop uses. Only the MPI thread may use the communicators.</summary>
internal sealed class RankContext(MpiRuntime runtime, RankDelegate method, Pulse pulse, RankWait wait)
{
    /// <summary>
    /// How long a rank waits for the others to return from a job that has failed. The others may be waiting for a
    /// message that never arrives; only ending the group ends that wait.
    /// </summary>
    public static readonly TimeSpan FailureGrace = TimeSpan.FromSeconds(2);

    /// <summary>Higher than all tags that methods use.</summary>
    private const int LastTag = 32_768;

    public RankDelegate Method => method;

    public Pulse Pulse => pulse;

    public RankWait Wait => wait;

    /// <summary>Gets the communicator that the loops use.</summary>
    public ICommunicator Control { get; } = runtime.World;

    /// <summary>Gets the communicator that methods receive.</summary>
    public ICommunicator OfMethod { get; private set; } = runtime.World.Split(0)!;

    /// <summary>
    /// Replaces the communicator of the methods after a failure, because the failed job may have left messages or
    /// pending receives behind. All ranks must call this. Ends the group if the communicator cannot be replaced.
    /// </summary>
    /// <param name="onStuck">Called before the group ends.</param>
    public void Renew(Action onStuck)
    {
        var old = OfMethod;
        OfMethod = Control.Split(0)!;
        Empty(old, onStuck);
        old.Dispose();
    }

    /// <summary>Runs a job that all ranks run together.</summary>
    public WarmFrame RunTogether(RankJob job)
    {
        pulse.EnterMethod();
        try
        {
            return JobFrames.Run(method, job, OfMethod);
        }
        finally
        {
            pulse.LeaveMethod();
        }
    }

    /// <summary>Receives a message that a probe found.</summary>
    public byte[] Receive(MessageStatus found)
    {
        var message = new byte[found.Bytes];
        Control.Receive<byte>(message, found.Source, found.Tag);
        return message;
    }

    /// <summary>Ends all ranks, because some of them are waiting for ranks that failed.</summary>
    [DoesNotReturn]
    public void Abort() => runtime.Abort(RankExit.Ended);

    /// <summary>
    /// Receives all pending messages of a communicator. Otherwise, a new communicator with the same number would
    /// receive them.
    /// </summary>
    private void Empty(ICommunicator old, Action onStuck)
    {
        for (var rank = 0; rank < old.Size; rank++)
            if (rank != old.Rank)
                old.Send<byte>([], rank, LastTag);
        var since = TimeProvider.System.GetTimestamp();
        for (var source = 0; source < old.Size;)
        {
            pulse.Beat();
            if (old.TryProbe(out var found, source))
            {
                old.Receive<byte>(new byte[found.Bytes], source, found.Tag);
                if (found.Tag == LastTag)
                    source++;
            }
            else if (source == old.Rank)
            {
                // All messages that a rank sent to itself have already arrived.
                source++;
            }
            else if (TimeProvider.System.GetElapsedTime(since) > FailureGrace)
            {
                // A pending receive of the failed job must have taken the last message.
                onStuck();
                Abort();
            }
            else
            {
                wait.Wait(expectsMessages: true);
            }
        }
    }

    public static byte[] BytesOf(WarmFrame frame)
    {
        var bytes = new ArrayBufferWriter<byte>();
        WarmCodec.Write(bytes, frame);
        return bytes.WrittenSpan.ToArray();
    }

    public static WarmFrame FrameOf(ReadOnlySpan<byte> bytes) => FrameOf(bytes, out _);

    /// <summary>Returns the frame at the start of the bytes, and its size.</summary>
    public static WarmFrame FrameOf(ReadOnlySpan<byte> bytes, out int used) =>
        WarmCodec.TryRead(bytes, out used, out _, int.MaxValue)
        ?? throw new WarmProtocolException(
            $"A message from another rank is {bytes.Length} bytes long but contains no frame."
        );
}
