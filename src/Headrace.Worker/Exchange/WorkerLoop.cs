using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Local;
using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Runs the worker's state machine: passes events to it and executes the steps that it returns. The loop has its own
/// thread, which owns the state machine; all other threads only enqueue events. Nothing on that thread waits for the
/// thread pool or for a method, so that leases are renewed and time limits are enforced regardless of what the methods
/// do.
/// </summary>
#pragma warning disable CA1001 // The submitter has only a semaphore whose wait handle is not used.
internal sealed class WorkerLoop
#pragma warning restore CA1001
{
    /// <summary>
    /// How often progress and logs are read from methods that report continuously. The state machine sends every second
    /// reading.
    /// </summary>
    private static readonly TimeSpan ReportPollPeriod = TimeSpan.FromMilliseconds(250);

    private readonly WorkerMachine _machine;
    private readonly IExchangeTransport _transport;
    private readonly TimeProvider _clock;
    private readonly Action<string> _log;
    private readonly Inbox _inbox;
    private readonly Dictionary<long, InFlightMessage> _inFlight = [];
    private readonly Dictionary<LeaseToken, JobAttempt> _running = [];
    private readonly Dictionary<MethodRef, ExecutorRunner> _runners = [];

    // The runners of methods that were replaced or withdrawn. They still finish the jobs that have been assigned to
    // them.
    private readonly List<ExecutorRunner> _retired = [];
    private readonly HashSet<JobAttempt> _reporting = [];
    private readonly Action<JobAttempt> _onReport;
    private readonly ChildSubmitter _submitter;
    private readonly long _start;

    private MethodSet _methods;

    // Both clocks are read once in each iteration, so that all events of an iteration have the same time.
    private Instant _wall;
    private Elapsed _now;

    private Elapsed _pollAt;
    private Elapsed? _wakeAt;
    private int _signalCount;
    private int _drainCount;
    private WorkerStep.Exit? _exit;

    public WorkerLoop(
        WorkerIdentity self,
        WorkerMachine machine,
        MethodSet methods,
        IExchangeTransport transport,
        TimeProvider clock,
        IWakeSignal signal,
        Action<string> say
    )
    {
        (_machine, _methods, _transport, _clock, _log) = (machine, methods, transport, clock, say);
        _inbox = new Inbox(signal, clock);
        _submitter = new ChildSubmitter(transport, self, clock);
        _start = clock.GetTimestamp();
        _onReport = speaker => _inbox.EnqueueDeferred(new ReportReady(speaker));
    }

    /// <summary>
    /// Starts the loop. The task completes when the state machine decides to exit. Methods that ignore their
    /// cancellation may still be running at that time; the caller must then end the process.
    /// </summary>
    public Task<WorkerStep.Exit> RunAsync()
    {
        // The code that awaits the task continues on the loop's thread, which then has nothing else to do. On a busy
        // thread pool, the code would be delayed, and the process would exit late.
        var ended = new TaskCompletionSource<WorkerStep.Exit>();
        var thread = new Thread(() => Run(ended)) { IsBackground = true, Name = "Headrace worker" };
        thread.Start();
        return ended.Task;
    }

    private void Run(TaskCompletionSource<WorkerStep.Exit> ended)
    {
        WorkerStep.Exit exit;
        try
        {
            exit = Run();
        }
        // Catches every exception and passes it to the caller, which ends the process in the same way as for its own
        // exceptions.
        catch (Exception defect)
        {
            ended.SetException(defect);
            return;
        }
        ended.SetResult(exit);
    }

    private WorkerStep.Exit Run()
    {
        while (true)
        {
            (_wall, _now) = (
                Instant.From(_clock.GetUtcNow()),
                new Elapsed((long)_clock.GetElapsedTime(_start).TotalMicroseconds)
            );
            while (_exit is null && _inbox.TryDequeue(out var happened))
                Accept(happened);
            if (_exit is null)
                Decide();
            if (_exit is not null)
                break;
            _inbox.Wait(_wakeAt is { } at ? at - _now : null);
        }
        foreach (var sent in _inFlight.Values)
            sent.Message.Abort();
        CloseExecutors();
        return _exit;
    }

    /// <summary>
    /// Completes the readers of all executors, and waits until executors that started processes or other external work
    /// have ended it. The loop does not wait for methods that run in this process.
    /// </summary>
    private void CloseExecutors()
    {
        List<ExecutorRunner> runners = [.. _runners.Values, .. _retired];
        foreach (var runner in runners)
            runner.Close();
        if (IsRunningMethods || !HaveEnded(runners, WorkerRules.ExecutorCloseTimeout))
        {
            foreach (var attempt in _running.Values)
                attempt.Kill();
            foreach (var runner in runners)
                runner.Abandon();
            if (!HaveEnded(runners, WorkerRules.ExecutorAbandonTimeout))
                _log("An executor did not end all of its jobs within 1 s of being asked to.");
        }
        foreach (var runner in runners)
            runner.Dispose();
    }

    // The loop's thread may wait here, because it has nothing else to do and the calls do not depend on it.
    private static bool HaveEnded(IEnumerable<ExecutorRunner> runners, TimeSpan timeout)
    {
        IAsyncResult calls = Task.WhenAll(runners.SelectMany(runner => runner.CallsToAwait));
        return calls.AsyncWaitHandle.WaitOne(timeout);
    }

    /// <summary>
    /// Gets a value indicating whether methods are still running. After the loop has ended, their outcomes are not
    /// reported.
    /// </summary>
    public bool IsRunningMethods => _running.Values.Any(attempt => !attempt.HasEnded);

    /// <summary>Gets the duration of the worker's leases.</summary>
    public TimeSpan Lease => _machine.Lease;

    /// <summary>Requests a drain. Further calls have no effect.</summary>
    public void Drain(string why)
    {
        if (Interlocked.Exchange(ref _drainCount, 1) == 0)
            _inbox.Enqueue(new WorkerEvent.DrainRequested(why));
    }

    /// <summary>
    /// Handles a stop signal: the first requests a drain, the second abandons running jobs, and further ones have no
    /// effect.
    /// </summary>
    public void OnSignal(string signal)
    {
        var time = Interlocked.Increment(ref _signalCount);
        if (time == 1)
            Drain($"{signal}.");
        else if (time == 2)
            _inbox.Enqueue(new WorkerEvent.AbandonRequested());
    }

    /// <summary>
    /// Replaces the methods that the worker offers. Running jobs finish with the method with which they started.
    /// </summary>
    public void Change(MethodSet methods) => _inbox.Enqueue(new MethodsReplaced(methods));

    private void Accept(WorkerEvent happened)
    {
        switch (happened)
        {
            case MethodsReplaced { Methods: var methods }:
                Replace(methods);
                return;
            case ReportReady reportReady:
                _reporting.Add(reportReady.Attempt);
                return;
            case WorkerEvent.Replied { Message: var answered }:
                _inFlight.Remove(answered);
                break;
            case WorkerEvent.NotReplied { Message: var missed }:
                _inFlight.Remove(missed);
                break;
            case WorkerEvent.Ended { Lease: var ended } when _running.Remove(ended, out var over):
                _reporting.Remove(over);
                over.Dispose();
                break;
        }
        Execute(happened);
    }

    private void Replace(MethodSet methods)
    {
        _methods = methods;
        foreach (var (name, runner) in _runners)
        {
            if (methods.Find(name) == runner.Method)
                continue;
            runner.Close();
            _runners.Remove(name);
            _retired.RemoveAll(old => old.CallsToAwait.All(call => call.IsCompleted));
            _retired.Add(runner);
        }
        Execute(new WorkerEvent.MethodsChanged(methods.Offers, methods.Shapes));
    }

    private void Decide()
    {
        TimeOutMessages();
        if (_reporting.Count > 0 && _now >= _pollAt)
        {
            foreach (var speaker in _reporting)
                Execute(speaker.TakeReport());
            _reporting.Clear();
            _pollAt = _now + ReportPollPeriod;
        }
        _wakeAt = _reporting.Count > 0 ? _pollAt : null;
        Execute(new WorkerEvent.Woke());
        foreach (var sent in _inFlight.Values)
            WakeBy(sent.TimeoutAt);
    }

    private void TimeOutMessages()
    {
        List<(long Message, NoReply Reason)>? missed = null;
        foreach (var (number, sent) in _inFlight)
            if (sent.TimeoutAt <= _now)
                (missed ??= []).Add((number, sent.Message.TimeOut(sent.Limit)));
        foreach (var (number, reason) in missed ?? [])
            Accept(new WorkerEvent.NotReplied(number, reason));
    }

    private void WakeBy(Elapsed at)
    {
        if (_wakeAt is null || at < _wakeAt)
            _wakeAt = at;
    }

    private void Execute(WorkerEvent happened)
    {
        foreach (var step in _machine.On(happened, _wall, _now))
            Execute(step);
    }

    private void Execute(WorkerStep step)
    {
        switch (step)
        {
            case WorkerStep.Send send:
                Send(send);
                break;
            case WorkerStep.Abort { Message: var message }:
                if (_inFlight.Remove(message, out var aborted))
                    aborted.Message.Abort();
                break;
            case WorkerStep.Run { Job: var job, Slot: var slot, ReportsStart: var ahead }:
                RunnerFor(job).Run(CreateAttempt(job, ahead), slot);
                break;
            case WorkerStep.RunBatch { Jobs: var jobs, Slot: var slot }:
                RunnerFor(jobs[0]).RunBatch([.. jobs.Select(job => CreateAttempt(job, ahead: false))], slot);
                break;
            case WorkerStep.Cancel { Lease: var stopped, Reason: var reason }:
                if (_running.TryGetValue(stopped, out var running))
                    running.Cancel(reason);
                break;
            case WorkerStep.Kill { Lease: var lease }:
                if (_running.TryGetValue(lease, out var ignoring))
                    ignoring.Kill();
                break;
            case WorkerStep.Recall { Lease: var unbegun }:
                if (!_running.TryGetValue(unbegun, out var waiting))
                    break;
                waiting.Recall();
                // The start event may have been enqueued silently, and no other wake-up would follow.
                if (waiting.HasStarted)
                    _inbox.Wake();
                break;
            case WorkerStep.WakeAt { Elapsed: var at }:
                WakeBy(at);
                break;
            case WorkerStep.Log said:
                _log(said.Message);
                break;
            case WorkerStep.Exit exit:
                _exit = exit;
                break;
        }
    }

    private JobAttempt CreateAttempt(LeasedJob job, bool ahead)
    {
        var attempt = new JobAttempt(job, _clock, _onReport, ahead, _submitter);
        _running.Add(attempt.Lease, attempt);
        return attempt;
    }

    private ExecutorRunner RunnerFor(LeasedJob job)
    {
        var name = new MethodRef(new MethodName(job.Method), (int)job.Version);
        if (_runners.TryGetValue(name, out var known))
            return known;
        return _runners[name] = new ExecutorRunner(_methods.Find(name) ?? Method.Unknown(name), _inbox, _clock);
    }

    private void Send(WorkerStep.Send send)
    {
        // Crash point 6: methods have ended, but their outcomes have not been sent. Their jobs still belong to this
        // incarnation, and each job runs again in its next attempt (this is the cost of at-least-once execution).
        if (send.Request.Outcomes.Count > 0)
            CrashPoint.Reached(6);
        var number = send.Message;
        _inFlight.Add(
            number,
            new InFlightMessage(
                _transport.Send(send.Request, answer => OnAnswer(number, answer)),
                _now + send.Timeout,
                send.Timeout
            )
        );
    }

    // Runs on a transport thread.
    private void OnAnswer(long message, ExchangeAnswer answer)
    {
        if (answer.Reply is { Store.Length: > 0 } known)
            _submitter.Store = known.Store;
        // Crash point 5: leases have arrived, but no job has started. The broker counts the jobs as running; it
        // reassigns them when it detects the exit of this process, or else when the lease expires.
        if (answer.Reply is { Leases.Count: > 0 })
            CrashPoint.Reached(5);
        // Crash point 9: the outcomes are recorded, but this process has not read the acknowledgement. No job is left
        // to reassign: each one ran once, and the crash does not count against any of them.
        if (answer.Reply is { Acks.Count: > 0 })
            CrashPoint.Reached(9);
        _inbox.Enqueue(
            answer.Reply is { } reply
                ? new WorkerEvent.Replied(message, reply)
                : new WorkerEvent.NotReplied(message, answer.NoReply!)
        );
    }

    /// <summary>
    /// An attempt has progress or log lines to report. They are read when this event is handled, so that frequent
    /// reports are combined into one.
    /// </summary>
    private sealed record ReportReady(JobAttempt Attempt) : WorkerEvent;

    /// <summary>The worker now offers different methods.</summary>
    private sealed record MethodsReplaced(MethodSet Methods) : WorkerEvent;

    /// <summary>A message in flight, and the time at which it counts as unanswered.</summary>
    private sealed record InFlightMessage(ISentMessage Message, Elapsed TimeoutAt, TimeSpan Limit);
}
