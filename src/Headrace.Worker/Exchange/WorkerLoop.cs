using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Local;
using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Runs the worker's state machine: passes events to it and executes the steps that it returns. One task owns the state
/// machine; all other threads only enqueue events.
/// </summary>
internal sealed class WorkerLoop
{
    /// <summary>
    /// How often progress and logs are read from methods that report continuously. The state machine sends every second
    /// reading.
    /// </summary>
    private static readonly TimeSpan ListenPeriod = TimeSpan.FromMilliseconds(250);

    private readonly WorkerMachine _machine;
    private readonly MethodTable _methods;
    private readonly IExchangeTransport _transport;
    private readonly TimeProvider _clock;
    private readonly Action<string> _say;
    private readonly Inbox _inbox;
    private readonly Dictionary<long, Sending> _sending = [];
    private readonly Dictionary<LeaseToken, Attempt> _running = [];
    private readonly Dictionary<MethodRef, MethodRunner> _runners = [];
    private readonly HashSet<Attempt> _speakers = [];
    private readonly Action<Attempt> _spoke;
    private readonly Action<WorkerEvent> _post;
    private readonly long _start;

    // Both clocks are read once in each iteration, so that all events of an iteration have the same time.
    private Instant _wall;
    private Elapsed _now;

    // The time at which the timer fires; null while it is not set.
    private Elapsed? _timerAt;
    private Elapsed _listenAt;
    private Elapsed? _wakeAt;
    private int _signals;
    private int _drains;
    private WorkerStep.Exit? _exit;

    public WorkerLoop(
        WorkerMachine machine,
        MethodTable methods,
        IExchangeTransport transport,
        TimeProvider clock,
        Action<string> say
    )
    {
        (_machine, _methods, _transport, _clock, _say) = (machine, methods, transport, clock, say);
        _inbox = new Inbox(clock);
        _start = clock.GetTimestamp();
        _spoke = speaker => _inbox.AddLater(new Words(speaker));
        _post = _inbox.Add;
    }

    /// <summary>
    /// Runs until the state machine decides to exit. Methods that ignore their cancellation can still be running then;
    /// the caller ends the process.
    /// </summary>
    public async Task<WorkerStep.Exit> RunAsync()
    {
        await using var timer = _clock.CreateTimer(
            _ => _inbox.Add(new Rang()),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        do
        {
            (_wall, _now) = (
                Instant.From(_clock.GetUtcNow()),
                new Elapsed((long)_clock.GetElapsedTime(_start).TotalMicroseconds)
            );
            while (_exit is null && _inbox.TryTake(out var happened))
                TakeIn(happened);
            if (_exit is null)
                Decide(timer);
        } while (_exit is null && await _inbox.WaitAsync());
        foreach (var sending in _sending.Values)
        {
            await sending.Patience.CancelAsync();
            await sending.Task;
            sending.Patience.Dispose();
        }
        foreach (var runner in _runners.Values)
            runner.Close();
        _inbox.Close();
        return _exit!;
    }

    /// <summary>
    /// Gets whether methods are still running. After the loop has ended, their outcomes are not reported.
    /// </summary>
    public bool IsRunningMethods => _running.Values.Any(attempt => !attempt.IsOver);

    /// <summary>Requests a drain. Further calls have no effect.</summary>
    public void Drain(string why)
    {
        if (Interlocked.Exchange(ref _drains, 1) == 0)
            _inbox.Add(new WorkerEvent.DrainAsked(why));
    }

    /// <summary>
    /// Handles a stop signal: the first requests a drain, the second abandons running jobs, further ones have no
    /// effect.
    /// </summary>
    public void Signalled(string signal)
    {
        var time = Interlocked.Increment(ref _signals);
        if (time == 1)
            Drain($"{signal}.");
        else if (time == 2)
            _inbox.Add(new WorkerEvent.AbandonAsked());
    }

    private void TakeIn(WorkerEvent happened)
    {
        switch (happened)
        {
            case Rang:
                _timerAt = null;
                return;
            case Words words:
                _speakers.Add(words.Speaker);
                return;
            case WorkerEvent.Replied { Message: var answered }:
                Forget(answered);
                break;
            case WorkerEvent.Unanswered { Message: var missed }:
                Forget(missed);
                break;
            case WorkerEvent.Ended { Lease: var ended } when _running.Remove(ended, out var over):
                _speakers.Remove(over);
                over.Dispose();
                break;
        }
        Do(happened);
    }

    private void Decide(ITimer timer)
    {
        if (_speakers.Count > 0 && _now >= _listenAt)
        {
            foreach (var speaker in _speakers)
                Do(speaker.TakeWords());
            _speakers.Clear();
            _listenAt = _now + ListenPeriod;
        }
        _wakeAt = _speakers.Count > 0 ? _listenAt : null;
        Do(new WorkerEvent.Woke());
        // A timer that fires early finds nothing due and is set again, which is cheaper than changing it in every
        // iteration.
        if (_wakeAt is not { } at || _timerAt <= at)
            return;
        _timerAt = at;
        var wait = at - _now;
        // Round up to the timer's resolution: it truncates, and a timer that fires early is set again and again.
        timer.Change(
            wait > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)) : TimeSpan.Zero,
            Timeout.InfiniteTimeSpan
        );
    }

    private void Do(WorkerEvent happened)
    {
        foreach (var step in _machine.On(happened, _wall, _now))
            Do(step);
    }

    private void Do(WorkerStep step)
    {
        switch (step)
        {
            case WorkerStep.Send send:
                var patience = new CancellationTokenSource(send.Patience, _clock);
                _sending.Add(send.Message, new Sending(patience, SendAsync(send, patience.Token)));
                break;
            case WorkerStep.GiveUp { Message: var message }:
                if (_sending.GetValueOrDefault(message) is { } sending)
                    sending.Patience.Cancel();
                break;
            case WorkerStep.Run { Job: var job, Seat: var seat, Ahead: var ahead }:
                RunnerOf(job).Run(Begin(job, ahead), seat);
                break;
            case WorkerStep.RunTogether { Jobs: var jobs, Seat: var seat }:
                RunnerOf(jobs[0]).RunTogether([.. jobs.Select(job => Begin(job, ahead: false))], seat);
                break;
            case WorkerStep.Cancel { Lease: var lease }:
                if (_running.TryGetValue(lease, out var running))
                    running.Cancel();
                break;
            case WorkerStep.TakeBack { Lease: var unbegun }:
                if (!_running.TryGetValue(unbegun, out var waiting))
                    break;
                waiting.TakeBack();
                // The start event may have been enqueued silently, and no other wake-up would follow.
                if (waiting.HasBegun)
                    _inbox.Wake();
                break;
            case WorkerStep.WakeAt { Elapsed: var at }:
                if (_wakeAt is null || at < _wakeAt)
                    _wakeAt = at;
                break;
            case WorkerStep.Say said:
                _say(said.Words);
                break;
            case WorkerStep.Exit exit:
                _exit = exit;
                break;
        }
    }

    private Attempt Begin(LeasedJob job, bool ahead)
    {
        var attempt = new Attempt(job, _clock, _spoke, _post, ahead);
        _running.Add(attempt.Lease, attempt);
        return attempt;
    }

    private MethodRunner RunnerOf(LeasedJob job)
    {
        var name = new MethodRef(new MethodName(job.Method), (int)job.Version);
        if (_runners.TryGetValue(name, out var known))
            return known;
        return _runners[name] = _methods.TryGet(name, out var method)
            ? method.NewRunner(_inbox, _clock)
            : new SingleRunner(null, _inbox, _clock);
    }

    private async Task SendAsync(WorkerStep.Send send, CancellationToken cancellationToken)
    {
        ExchangeAnswer answer;
        try
        {
            // Crash point 6: methods have ended, but their outcomes are not sent. Their jobs still belong to this
            // incarnation; each runs again with its next attempt (the cost of at-least-once execution).
            if (send.Request.Outcomes.Count > 0)
                CrashPoint.Reached(6);
            answer = await _transport.ExchangeAsync(send.Request, cancellationToken);
            // Crash point 5: leases have arrived, but no job has started. The broker counts the jobs as running; it
            // reassigns them when it observes the exit of this process, otherwise when the lease expires.
            if (answer.Reply is { Leases.Count: > 0 })
                CrashPoint.Reached(5);
            // Crash point 9: the outcomes are recorded, but this process has not read the acknowledgement. No job is
            // left to reassign: each ran once, and the crash counts against none of them.
            if (answer.Reply is { Acks.Count: > 0 })
                CrashPoint.Reached(9);
        }
        catch (OperationCanceledException)
        {
            answer = new Silence($"The server did not reply within {send.Patience.TotalSeconds:0.#} s.");
        }
        catch (Exception unexpected)
        {
            // Catches every exception: a message that fails for an unexpected reason counts as unanswered and is sent
            // again.
            answer = new Silence($"The message could not be sent: {unexpected}");
        }
        _inbox.Add(
            answer.Reply is { } reply
                ? new WorkerEvent.Replied(send.Message, reply)
                : new WorkerEvent.Unanswered(send.Message, answer.Silence!)
        );
    }

    private void Forget(long message)
    {
        if (_sending.Remove(message, out var sending))
            sending.Patience.Dispose();
    }

    /// <summary>
    /// An attempt has progress or log lines to report. They are read when this event is handled, so that frequent
    /// reports are combined into one.
    /// </summary>
    private sealed record Words(Attempt Speaker) : WorkerEvent;

    /// <summary>The timer has fired.</summary>
    private sealed record Rang : WorkerEvent;

    private sealed record Sending(CancellationTokenSource Patience, Task Task);
}
