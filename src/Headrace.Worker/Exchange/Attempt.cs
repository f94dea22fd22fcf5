using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Method = Headrace.Worker.Methods.Method;

namespace Headrace.Worker.Exchange;

/// <summary>One run of a method: what the method sees of its job, and what became of it.</summary>
internal sealed class Attempt(
    LeasedJob job,
    TimeProvider clock,
    Action<Attempt> spoke,
    Action<WorkerEvent>? post = null,
    bool ahead = false
) : IJob, IDisposable
{
    // What is larger never reaches the store (R15); told here, so that no message grows without bound.
    private const int MostResult = 1 << 20;
    private const int MostWords = 1_000;
    private const int MostMessage = 4 << 10;
    private const int MostDetail = 16 << 10;

    private readonly Lock _lock = new();

    // Under _lock. The source is made for whoever asks for the token; most methods never do.
    private CancellationTokenSource? _source;
    private CancellationToken _stop;
    private bool _letGo;

    // Written under _lock; read without it, where a moment's delay is of no matter.
    private volatile bool _stopped;

    // Written by the method's threads, taken by the loop, under _lock.
    private LogTail? _log;
    private Progress? _progress;
    private bool _logged;
    private bool _untold;
    private bool _begun;
    private bool _over;
    private Task _cancelling = Task.CompletedTask;

    // Written by whoever begins it, read after.
    private Moment _began;
    private bool _hasThread;

    public LeaseToken Lease { get; } = job.Lease;

    /// <summary>When it ended; its thread may begin the next one with it. Read by whoever ended it.</summary>
    public Moment Ended { get; private set; }

    public JobId Id => Lease.Job;

    int IJob.Attempt => Lease.Attempt;

    /// <summary>Called once, by whoever ends it.</summary>
    public Action<Attempt>? WhenOver { private get; set; }

    /// <summary>Cancelled when the method should end. It can be looked at when the job has ended, too.</summary>
    public CancellationToken Stop
    {
        get
        {
            lock (_lock)
            {
                if (_source is not null)
                    return _stop;
                if (_stopped || _letGo)
                    return new CancellationToken(canceled: _stopped);
                _source = new CancellationTokenSource();
                return _stop = _source.Token;
            }
        }
    }

    /// <summary>The parameters as they came: JSON text in UTF-8.</summary>
    public ReadOnlyMemory<byte> Params => job.Params;

    public bool HasBegun
    {
        get
        {
            lock (_lock)
                return _begun;
        }
    }

    public bool IsOver
    {
        get
        {
            lock (_lock)
                return _over;
        }
    }

    public string Queue => job.Queue;

    public string Method => $"{job.Method}@{job.Version}";

    public ReadOnlyMemory<byte> Body => job.Body;

    public string? ContentType => job.ContentType.Length > 0 ? job.ContentType : null;

    public void Progress(double fraction, string? text = null)
    {
        if (!double.IsFinite(fraction))
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "Progress is a fraction from 0 to 1.");
        var said = new Progress { Fraction = Math.Clamp(fraction, 0, 1), Text = Short(text ?? "", MostWords) };
        lock (_lock)
        {
            if (_over)
                return;
            _progress = said;
            if (_untold)
                return;
            _untold = true;
        }
        spoke(this);
    }

    public void Log(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        lock (_lock)
        {
            if (_over)
                return;
            (_log ??= new LogTail()).Add(line);
            _logged = true;
            if (_untold)
                return;
            _untold = true;
        }
        spoke(this);
    }

    /// <summary>What was said since the last time.</summary>
    public WorkerEvent.Spoke TakeWords()
    {
        lock (_lock)
        {
            var said = new WorkerEvent.Spoke(Lease, _progress, _logged ? _log!.Text() : null);
            (_progress, _logged, _untold) = (null, false, false);
            return said;
        }
    }

    /// <summary>
    /// Cancels the method's token, or ends what no method has begun. Callbacks registered on the token run elsewhere,
    /// never on the loop.
    /// </summary>
    public void Cancel()
    {
        lock (_lock)
        {
            if (_over)
                return;
            if (_begun)
            {
                _stopped = true;
                if (_source is not null)
                    _cancelling = _source.CancelAsync();
                return;
            }
        }
        TakeBack();
    }

    /// <summary>Ends what no method has begun.</summary>
    public void TakeBack() => End(new MethodEnd(Kind.Released), onlyUnbegun: true);

    /// <summary>
    /// A method works on it from here, which the machine is told where it cannot know it; false when it was taken back.
    /// </summary>
    /// <param name="now">This moment, if the thread knows it already.</param>
    /// <param name="tell">Who is told; the loop at once where nobody is named.</param>
    public bool TryBegin(Moment? now = null, Action<WorkerEvent>? tell = null)
    {
        lock (_lock)
        {
            if (_over || _begun)
                return false;
            (_begun, _began) = (true, now ?? Moment.Now(clock, _hasThread));
            // Before anybody can find it begun: who wanted it back then knows that the word of it is there.
            if (ahead)
                (tell ?? post)?.Invoke(new WorkerEvent.Began(Lease));
        }
        return true;
    }

    /// <summary>Ends it; the first end stays. The answer is the end with what is known of the run.</summary>
    public MethodEnd End(MethodEnd end, bool onlyUnbegun = false, Action<WorkerEvent>? tell = null)
    {
        Task cancelling;
        lock (_lock)
        {
            if (_over || (onlyUnbegun && _begun))
                return end;
            _over = true;
            cancelling = _cancelling;
            if (_begun)
                end = Measured(end);
            else if (_log is not null)
                end = end with { Log = _log.Text() };
        }
        WhenOver?.Invoke(this);
        // The loop lets go of the token when it hears of the end: not while its callbacks run.
        var ended = new WorkerEvent.Ended(Lease, end);
        if (cancelling.IsCompleted)
            (tell ?? post)?.Invoke(ended);
        else
            TellAfter(cancelling, ended);
        return end;
    }

    /// <summary>Runs the method to its end, which is told and also the answer; never throws.</summary>
    /// <param name="method">The method; null where this worker has none of that name.</param>
    /// <param name="tell">Who is told; the loop at once where nobody is named.</param>
    /// <param name="now">This moment, if the thread knows it already.</param>
    public async ValueTask<MethodEnd> RunAsync(Method? method, Action<WorkerEvent>? tell = null, Moment? now = null)
    {
        // The processor time of the thread is this job's as long as the method stays on it; of many jobs in one
        // thread's hands it is nobody's.
        _hasThread = true;
        return TryBegin(now, tell) ? End(await CallAsync(method), tell: tell) : new MethodEnd(Kind.Released);
    }

    private void TellAfter(Task cancelling, WorkerEvent.Ended ended) =>
        _ = cancelling.ContinueWith(
            _ => post?.Invoke(ended),
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default
        );

    private MethodEnd Measured(MethodEnd end)
    {
        Ended = Moment.Now(clock, _hasThread);
        return end with
        {
            Log = _log?.Text(),
            Took = clock.GetElapsedTime(_began.Timestamp, Ended.Timestamp),
            Metrics = new OutcomeMetrics
            {
                Started = WireTime.Of(Instant.From(_began.Wall)),
                Ended = WireTime.Of(Instant.From(Ended.Wall)),
                CpuMs = Ended.ProcessorMillisecondsSince(_began),
            },
        };
    }

    /// <summary>How it ends with this result.</summary>
    public static MethodEnd ResultOf(MethodResult result)
    {
        if (result.Bytes.Length > MostResult)
            return Failed(
                "TooLarge",
                $"The result has {result.Bytes.Length} bytes; at most {MostResult} are taken.",
                "",
                retryable: false
            ) with
            {
                Kind = Kind.TooLarge,
            };
        return new MethodEnd(Kind.Succeeded) { Result = result.Bytes, ContentType = result.ContentType };
    }

    /// <summary>How it ends with what its method threw.</summary>
    public MethodEnd FailureOf(Exception thrown) =>
        thrown switch
        {
            // A method that was told to stop may say so in its own way; nobody asks how.
            OperationCanceledException when _stopped => new MethodEnd(Kind.Cancelled),
            _ when _stopped => new MethodEnd(Kind.Cancelled) { Error = Error(thrown, retryable: true) },
            JobRejectedException rejected => new MethodEnd(Kind.Rejected) { Error = Error(rejected, retryable: false) },
            JobFailedException failed => new MethodEnd(Kind.Failed) { Error = Error(failed, failed.Retryable) },
            _ => new MethodEnd(Kind.Failed) { Error = Error(thrown, retryable: true) },
        };

    public void Dispose()
    {
        lock (_lock)
        {
            _letGo = true;
            _source?.Dispose();
        }
    }

    // Catch-all of the first kind: around one job.
    private async Task<MethodEnd> CallAsync(Method? method)
    {
        try
        {
            if (method is null)
                return Failed("UnknownMethod", $"This worker has no method {Method}.", "", retryable: true);
            return ResultOf(await method.CallAsync(this));
        }
        catch (Exception thrown)
        {
            return FailureOf(thrown);
        }
    }

    private static OutcomeError Error(Exception thrown, bool retryable) =>
        new()
        {
            Type = thrown.GetType().FullName ?? thrown.GetType().Name,
            Message = Short(thrown.Message, MostMessage),
            // A rejection is about the input, its place in the code tells the submitter nothing.
            Detail = thrown is JobRejectedException ? "" : Short(thrown.ToString(), MostDetail),
            Retryable = retryable,
        };

    private static MethodEnd Failed(string type, string message, string detail, bool retryable) =>
        new(Kind.Failed)
        {
            Error = new OutcomeError
            {
                Type = type,
                Message = message,
                Detail = detail,
                Retryable = retryable,
            },
        };

    private static string Short(string text, int most)
    {
        if (text.Length > most)
            text = string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1), "…");
        // Half a surrogate pair has no UTF-8, and the wire takes nothing else.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }
}
