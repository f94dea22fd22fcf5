using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Headrace.Worker.Processes;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Groups;

/// <summary>The connection of one rank: its frames, and when data last arrived from the rank.</summary>
/// <param name="socket">The connection.</param>
/// <param name="now">The current time.</param>
internal sealed class RankConnection(Descriptor socket, TimeSpan now) : IDisposable
{
    /// <summary>Gets the frames in both directions.</summary>
    public WarmChannel Channel { get; } = new(socket, socket);

    public int Number => socket.Number;

    /// <summary>Gets the rank; null until the process has sent its rank.</summary>
    public int? Rank { get; private set; }

    /// <summary>Gets the time at which the last bytes arrived.</summary>
    public TimeSpan LastHeard { get; private set; } = now;

    public bool IsClosed => Channel.IsClosedByProcess;

    /// <summary>Gets a description of the connection for use as the subject of a sentence.</summary>
    public string Subject =>
        Rank is { } rank ? string.Create(CultureInfo.InvariantCulture, $"Rank {rank}") : "A rank that had not joined";

    public void Receive(TimeSpan now)
    {
        LastHeard = now;
        Channel.Receive();
    }

    /// <summary>
    /// Takes the next frame that does not concern the connection itself. Throws <see cref="WarmProtocolException"/> if
    /// a frame is not valid.
    /// </summary>
    /// <param name="expected">The size and the epoch of the group.</param>
    /// <param name="frame">The frame.</param>
    public bool TryTake((int Ranks, ulong Epoch) expected, [NotNullWhen(true)] out WarmFrame? frame)
    {
        while (Channel.TryTake(out frame))
            if (frame is WarmFrame.Join join)
                Join(join, expected);
            else if (Rank is null)
                throw new WarmProtocolException("a rank has sent another frame before it joined");
            else if (frame is not WarmFrame.Heartbeat)
                return true;
        return false;
    }

    public void Dispose() => Channel.Dispose();

    private void Join(WarmFrame.Join join, (int Ranks, ulong Epoch) expected)
    {
        if (join.Version != WarmCodec.Version)
            throw new WarmProtocolException(
                $"rank {join.Rank} uses version {join.Version} of the protocol; this worker uses {WarmCodec.Version}"
            );
        if (join.Size != expected.Ranks)
            throw new WarmProtocolException(
                $"rank {join.Rank} says that there are {join.Size} ranks, but {expected.Ranks} were started. Each rank "
                    + "runs alone if the program uses another implementation of MPI than its launcher"
            );
        if (join.Rank >= join.Size || join.Epoch != expected.Epoch || Rank is not null)
            throw new WarmProtocolException(
                $"rank {join.Rank} joined twice, or with the epoch {join.Epoch} instead of {expected.Epoch}"
            );
        Rank = (int)join.Rank;
    }
}
