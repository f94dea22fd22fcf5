using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Headrace.Core.Jobs;
using Headrace.Protocol.Wire;
using Headrace.Worker.Leases;
using Method = Headrace.Worker.Methods.Method;

namespace Headrace.Worker.Exchange;

/// <summary>One run of a method: what the method sees of its job, and what became of it.</summary>
internal sealed class Attempt(LeasedJob job, TimeProvider clock, Action<Attempt> spoke) : IJob, IDisposable
{
    // What is larger never reaches the store (R15); told here, so that no message grows without bound.
    private const int MostResult = 1 << 20;
    private const int MostWords = 1_000;
    private const int MostMessage = 4 << 10;
    private const int MostDetail = 16 << 10;

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();

    // Written by the method's threads, taken by the loop, under _lock.
    private readonly LogTail _log = new();
    private Progress? _progress;
    private bool _logged;
    private bool _untold;
    private bool _over;

    // Written by the loop before the method ends, read after.
    private Task _cancelling = Task.CompletedTask;

    public LeaseToken Lease { get; } = job.Lease.ToToken();

    public JobId Id => Lease.Job;

    int IJob.Attempt => Lease.Attempt;

    public string Queue => job.Queue;

    public string Method => $"{job.Method}@{job.Version}";

    public ReadOnlyMemory<byte> Body => job.Body.Memory;

    public string? ContentType => job.ContentType.Length > 0 ? job.ContentType : null;

    public void Progress(double fraction, string? text = null)
    {
        if (!double.IsFinite(fraction)) throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "Progress is a fraction from 0 to 1.");
        var said = new Progress { Fraction = Math.Clamp(fraction, 0, 1), Text = Short(text ?? "", MostWords) };
        lock (_lock)
        {
            if (_over) return;
            _progress = said;
            if (_untold) return;
            _untold = true;
        }
        spoke(this);
    }

    public void Log(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        lock (_lock)
        {
            if (_over) return;
            _log.Add(line);
            _logged = true;
            if (_untold) return;
            _untold = true;
        }
        spoke(this);
    }

    /// <summary>What was said since the last time.</summary>
    public WorkerEvent.Spoke TakeWords()
    {
        lock (_lock)
        {
            var said = new WorkerEvent.Spoke(Lease, _progress, _logged ? _log.Text() : null);
            (_progress, _logged, _untold) = (null, false, false);
            return said;
        }
    }

    /// <summary>Cancels the method's token; callbacks registered on it run elsewhere, never on the loop.</summary>
    public void Cancel()
    {
        lock (_lock)
            if (!_over) _cancelling = _stop.CancelAsync();
    }

    /// <summary>Runs the method to its end; never throws.</summary>
    public async Task<MethodEnd> RunAsync(Method? method)
    {
        var started = clock.GetUtcNow();
        // The processor time of the thread that runs the method is its own as long as the method stays on it: that is, until it first waits.
        var thread = Environment.CurrentManagedThreadId;
        var before = BootClock.ThreadNanoseconds();
        var end = await CallAsync(method);
        var used = Environment.CurrentManagedThreadId == thread ? BootClock.ThreadNanoseconds() - before : 0;
        ByteString? log;
        lock (_lock)
        {
            _over = true;
            log = _log.IsEmpty ? null : _log.Text();
        }
        await _cancelling;
        return end with
        {
            Log = log,
            Metrics = new Outcome.Types.Metrics
            {
                Started = Timestamp.FromDateTimeOffset(started),
                Ended = Timestamp.FromDateTimeOffset(clock.GetUtcNow()),
                CpuMs = used / 1e6,
            },
        };
    }

    public void Dispose() => _stop.Dispose();

    // Catch-all of the first kind: around one job.
    private async Task<MethodEnd> CallAsync(Method? method)
    {
        try
        {
            if (method is null) return Failed("UnknownMethod", $"This worker has no method {Method}.", "", retryable: true);
            var result = await method.CallAsync(this, job.Params, _stop.Token);
            if (result.Bytes.Length > MostResult)
                return Failed("TooLarge", $"The result has {result.Bytes.Length} bytes; at most {MostResult} are taken.", "", retryable: false) with { Kind = Outcome.Types.Kind.TooLarge };
            return new MethodEnd(Outcome.Types.Kind.Succeeded) { Result = UnsafeByteOperations.UnsafeWrap(result.Bytes), ContentType = result.ContentType };
        }
        catch (Exception stopped) when (_stop.IsCancellationRequested)
        {
            // A method that was told to stop may say so in its own way; nobody asks how.
            var kind = new MethodEnd(Outcome.Types.Kind.Cancelled);
            return stopped is OperationCanceledException ? kind : kind with { Error = Error(stopped, retryable: true) };
        }
        catch (JobRejectedException rejected)
        {
            return new MethodEnd(Outcome.Types.Kind.Rejected) { Error = Error(rejected, retryable: false) };
        }
        catch (JobFailedException failed)
        {
            return new MethodEnd(Outcome.Types.Kind.Failed) { Error = Error(failed, failed.Retryable) };
        }
        catch (Exception thrown)
        {
            return new MethodEnd(Outcome.Types.Kind.Failed) { Error = Error(thrown, retryable: true) };
        }
    }

    private static Outcome.Types.Error Error(Exception thrown, bool retryable) => new()
    {
        Type = thrown.GetType().FullName ?? thrown.GetType().Name,
        Message = Short(thrown.Message, MostMessage),
        // A rejection is about the input, its place in the code tells the submitter nothing.
        Detail = thrown is JobRejectedException ? "" : Short(thrown.ToString(), MostDetail),
        Retryable = retryable,
    };

    private static MethodEnd Failed(string type, string message, string detail, bool retryable) =>
        new(Outcome.Types.Kind.Failed) { Error = new Outcome.Types.Error { Type = type, Message = message, Detail = detail, Retryable = retryable } };

    private static string Short(string text, int most)
    {
        if (text.Length > most) text = string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1), "…");
        // Half a surrogate pair has no UTF-8, and the wire takes nothing else.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }
}
