using Headrace.Server.Machine;

namespace Headrace.Bench;

/// <summary>Timestamps of one server process, in monotonic microseconds; 0 if the event did not occur.</summary>
/// <param name="KilledBefore">The time at which the previous process was killed; 0 for the first process.</param>
/// <param name="StartedAt">The time at which the process was started.</param>
/// <param name="ListeningAt">The time at which the process had loaded its store and started listening.</param>
/// <param name="JoinedAt">The time at which all workers of the process had joined.</param>
internal sealed record ServerLife(long KilledBefore, long StartedAt, long ListeningAt, long JoinedAt);

/// <summary>Keeps a server running. If its process ends for any reason, the next one is started immediately.</summary>
internal sealed class ServerKeeper(ServerPlace place)
{
    /// <summary>Delay after a failed start.</summary>
    private static readonly TimeSpan RestartDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// The beginning of the <see cref="OwnEnds"/> entry of a server that exited before it started listening.
    /// </summary>
    public const string StartRefused = "start failed";

    private readonly List<ServerLife> _lives = [];
    private readonly List<string> _ownEnds = [];
    private Task _run = Task.CompletedTask;
    private volatile ServerChild? _current;
    private volatile bool _stopping;
    private int _lastExit;

    /// <summary>
    /// The time at which the current process was killed; 0 if it was not killed. <see cref="Kill"/> sets it, and the
    /// loop reads and clears it after the process has ended.
    /// </summary>
    private long _killedAt;

    public IReadOnlyList<ServerLife> Lives => _lives;

    /// <summary>Exits that were not requested, each with the last line of standard error.</summary>
    public IReadOnlyList<string> OwnEnds => _ownEnds;

    /// <summary>The current process; null between two processes.</summary>
    public int? ProcessId => _current?.ProcessId;

    /// <summary>The Unix socket of the first server. Later servers listen on the same path.</summary>
    public string Socket { get; private set; } = "";

    public async Task StartAsync(TimeSpan limit)
    {
        var first = ServerChild.Start(place);
        _current = first;
        _run = KeepAsync(first);
        if (await first.Listening.WaitAsync(limit) is not { } socket || !await first.Joined.WaitAsync(limit))
            throw new IOException($"The server did not start: {first.LastErrorLine} Its log is {place.Log}");
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

    /// <summary>
    /// Sends SIGTERM, and SIGKILL after the time limit. Returns true if the server shut down cleanly.
    /// </summary>
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
                    $"{(child.ListeningAt == 0 ? StartRefused : "unexpected exit")} "
                        + $"(exit code {child.ExitCode}): {child.LastErrorLine}"
                );
            if (asked == 0 && child.ListeningAt == 0)
                await Task.Delay(RestartDelay);
            // A failed start is part of the outage caused by the preceding kill.
            killedBefore =
                asked != 0 ? asked
                : child.ListeningAt == 0 ? killedBefore
                : BenchClock.Monotonic;
            child.Dispose();
            if (_stopping)
                return;
            child = ServerChild.Start(place);
            _current = child;
            // The stop was requested after the check above, so its signal was sent to the previous process.
            if (_stopping)
                child.Signal(Unix.SigTerm);
        }
    }
}
