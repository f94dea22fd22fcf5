using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Headrace.Protocol.Json;
using Headrace.Server.Http;

namespace Headrace.Server.Events;

/// <summary>
/// Writes the events of one reader as server-sent events. The stream reads from the hub at most ten times per second,
/// and less often if there are many readers. A slow client delays only its own stream.
/// </summary>
/// <param name="hub">The events.</param>
/// <param name="reader">The reader's position and filter.</param>
/// <param name="output">The body of the reply.</param>
/// <param name="isStillPermitted">
/// Returns whether the caller still has the permissions that it had at the start. Called before each write.
/// </param>
/// <param name="time">The clock.</param>
internal sealed class EventStream(
    EventHub hub,
    EventReader reader,
    PipeWriter output,
    Func<Task<bool>> isStillPermitted,
    TimeProvider time
)
{
    /// <summary>Minimum time between two reads if there are at most 50 readers.</summary>
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// With more readers, the interval is this time multiplied by the number of readers, so that all readers together
    /// read at most 500 times per second. A read that finds events takes about 40 µs, most of which is spent sending
    /// them.
    /// </summary>
    private static readonly TimeSpan IntervalPerReader = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// Time after which a stream without events sends a heartbeat. The heartbeat shows that the connection works. It
    /// also informs a reader with a narrow filter of the newest position, so that the reader can resume from there.
    /// </summary>
    public static readonly TimeSpan HeartbeatTime = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Maximum duration of a stream. The client then continues with a new request. The duration is limited because
    /// proxies and load balancers expect requests to end.
    /// </summary>
    public static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Maximum total number of events per second that all readers receive. Writing an event takes about 1 µs, so this
    /// limits their cost to a few percent of one CPU core. If more events arrive, readers fall behind and are
    /// resynchronized.
    /// </summary>
    private const int EventsPerSecond = 20_000;

    private const int MinEventsPerRead = 20;
    private const int MaxEventsPerRead = 1_000;

    private readonly List<ServerEvent> _events = [];

    /// <summary>
    /// Writes until the client disconnects or loses its permissions, the stream has reached its maximum duration, or
    /// the server stops.
    /// </summary>
    /// <param name="resync">
    /// The reason why the client must read the current state first; null if it did not miss any events.
    /// </param>
    /// <param name="cancellationToken">Cancelled when the client disconnects or the server stops.</param>
    public async Task RunAsync(string? resync, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        if (resync is not null)
            WriteResync(resync);
        else
            WriteHeartbeat();
        await output.FlushAsync(cancellationToken);
        while (time.GetElapsedTime(start) < MaxDuration)
        {
            var hasEvents = await WaitAsync(cancellationToken);
            if (!await isStillPermitted())
                return;
            if (hasEvents)
                await WriteEventsAsync(cancellationToken);
            else
                WriteHeartbeat();
            await output.FlushAsync(cancellationToken);
            if (hasEvents)
                await Task.Delay(Interval(hub.Readers), time, cancellationToken);
        }
    }

    /// <summary>Waits for an event. Returns false if none arrived before a heartbeat is due.</summary>
    private async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await hub.WaitAsync(reader.Position).WaitAsync(HeartbeatTime, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task WriteEventsAsync(CancellationToken cancellationToken)
    {
        _events.Clear();
        if (!reader.TryRead(MaxEvents(hub.Readers), _events))
            WriteResync("behind");
        foreach (var next in _events)
        {
            output.Write(next.FrameOf(hub.Run));
            // Limits the memory that a client occupies if it stops reading.
            if (output.UnflushedBytes >= PacedWriting.PieceBytes)
                await output.FlushAsync(cancellationToken);
        }
    }

    private static TimeSpan Interval(int readers) =>
        readers * IntervalPerReader > MinInterval ? readers * IntervalPerReader : MinInterval;

    private static int MaxEvents(int readers) =>
        Math.Clamp(
            (int)(EventsPerSecond * Interval(readers).TotalSeconds / Math.Max(1, readers)),
            MinEventsPerRead,
            MaxEventsPerRead
        );

    private void WriteHeartbeat() => Write("heartbeat", reader.Position, "{}"u8);

    private void WriteResync(string reason) =>
        Write(
            "resync",
            reader.Position,
            JsonSerializer.SerializeToUtf8Bytes(new ResyncReply(reason), HeadraceJson.Default.ResyncReply)
        );

    private void Write(string kind, long number, ReadOnlySpan<byte> json) =>
        output.Write(EventFrame.Of(new EventId(hub.Run, number), kind, json));
}
