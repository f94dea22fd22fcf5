using Headrace.Server.Hosting;

namespace Headrace.Bench;

/// <summary>
/// One life of a server as it is reported. Times are monotonic microseconds; 0 for what has not been.
/// </summary>
/// <param name="KilledBefore">When the life before was killed; 0 for the first.</param>
/// <param name="StartedAt">When the process was started.</param>
/// <param name="ListeningAt">When it had loaded its store and listened.</param>
/// <param name="JoinedAt">When its workers had joined.</param>
internal sealed record ServerLife(long KilledBefore, long StartedAt, long ListeningAt, long JoinedAt);

/// <summary>Keeps a server running: one that ends, asked or not, is followed by the next at once.</summary>
internal sealed class ServerKeeper(ServerPlace place)
{
    /// <summary>Between a start that was refused and the next try.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    private readonly List<ServerLife> _lives = [];
    private readonly List<string> _ownEnds = [];
    private Task _run = Task.CompletedTask;
    private volatile ServerChild? _current;
    private volatile bool _stopping;
    private int _lastExit;

    /// <summary>
    /// When the current process was told to die; 0 while it is not. Written by the fault, read and cleared by the loop
    /// after the process has ended.
    /// </summary>
    private long _killedAt;

    public IReadOnlyList<ServerLife> Lives => _lives;

    /// <summary>Ends that nobody asked for, with their last words.</summary>
    public IReadOnlyList<string> OwnEnds => _ownEnds;

    /// <summary>The process now; null between two.</summary>
    public int? ProcessId => _current?.ProcessId;

    /// <summary>The Unix socket of the first server; its successors listen there, too.</summary>
    public string Socket { get; private set; } = "";

    public async Task StartAsync(TimeSpan limit)
    {
        var first = ServerChild.Start(place);
        _current = first;
        _run = KeepAsync(first);
        if (await first.Listening.WaitAsync(limit) is not { } socket || !await first.Joined.WaitAsync(limit))
            throw new IOException($"The server has not started: {first.LastWords} Its log is {place.Log}");
        Socket = socket;
    }

    public bool Kill()
    {
        if (_current is not { } child)
            return false;
        _killedAt = BenchClock.Monotonic;
        child.Signal(Unix.SigKill);
        return true;
    }

    /// <summary>SIGTERM, and SIGKILL after the limit; true when it ended in order.</summary>
    public async Task<bool> StopAsync(TimeSpan limit)
    {
        _stopping = true;
        _current?.Signal(Unix.SigTerm);
        try
        {
            await _run.WaitAsync(limit);
            return _lastExit == 0;
        }
        catch (TimeoutException)
        {
            _current?.Signal(Unix.SigKill);
            await _run;
            return false;
        }
    }

    private async Task KeepAsync(ServerChild child)
    {
        var killedBefore = 0L;
        while (true)
        {
            var joinedAt = 0L;
            var ended = child.Ended;
            if (await child.Joined)
                joinedAt = BenchClock.Monotonic;
            await ended;
            _current = null;
            _lastExit = child.ExitCode;
            _lives.Add(new ServerLife(killedBefore, child.StartedAt, child.ListeningAt, joinedAt));
            var asked = Interlocked.Exchange(ref _killedAt, 0);
            if (asked == 0 && !_stopping)
                _ownEnds.Add(
                    $"{(child.ListeningAt == 0 ? "start refused" : "ended by itself")} (exit {child.ExitCode}): {child.LastWords}"
                );
            if (asked == 0 && child.ListeningAt == 0)
                await Task.Delay(Rest);
            // A start that was refused belongs to the outage of the kill before it.
            killedBefore =
                asked != 0 ? asked
                : child.ListeningAt == 0 ? killedBefore
                : BenchClock.Monotonic;
            child.Dispose();
            if (_stopping)
                return;
            child = ServerChild.Start(place);
            _current = child;
            // Asked to stop just now: the one that was asked is not this one.
            if (_stopping)
                child.Signal(Unix.SigTerm);
        }
    }
}
