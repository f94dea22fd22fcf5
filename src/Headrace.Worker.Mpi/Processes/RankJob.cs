using Headrace.Core.Jobs;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Mpi.Processes;

/// <summary>A job in a rank. Its reports are sent to the worker as frames.</summary>
/// <param name="job">The job in the form in which the worker sent it.</param>
/// <param name="method">The name and version of the method.</param>
/// <param name="send">Sends a frame.</param>
internal sealed class RankJob(WarmJob job, string method, Action<WarmFrame> send) : JobExecution, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private bool _hasEnded;

    public uint FrameId => job.Id;

    public override JobId Id => new((long)job.Job);

    public override int Attempt => (int)job.Attempt;

    /// <summary>Gets an empty name, because the worker does not send the queue to ranks.</summary>
    public override string Queue => "";

    public override string Method => method;

    public override ReadOnlyMemory<byte> Params => job.Params;

    public override ReadOnlyMemory<byte> Body => job.Body;

    public override string? ContentType => job.ContentType.Length > 0 ? job.ContentType : null;

    public override string? Traceparent => job.Traceparent.Length > 0 ? job.Traceparent : null;

    /// <summary>Gets null, because the worker enforces the time limit.</summary>
    public override TimeSpan? TimeLimit => null;

    public override CancellationToken CancellationToken => _stop.Token;

    /// <summary>Gets a token that is never cancelled, because the worker kills the whole group.</summary>
    public override CancellationToken KillToken => CancellationToken.None;

    public override void ReportProgress(double fraction, string? text = null)
    {
        if (!double.IsFinite(fraction))
            throw new ArgumentOutOfRangeException(
                nameof(fraction),
                fraction,
                "Progress must be a fraction from 0 to 1."
            );
        send(new WarmFrame.Progress(job.Id, Math.Clamp(fraction, 0, 1), text ?? ""));
    }

    public override void Log(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        Log(System.Text.Encoding.UTF8.GetBytes(line));
    }

    public override void Log(ReadOnlySpan<byte> line) => send(new WarmFrame.Log(job.Id, line.ToArray()));

    public override void End(JobOutcome outcome) =>
        throw new NotSupportedException("A rank ends a job by returning from its method.");

    /// <summary>Cancels the token if the job has not ended.</summary>
    public void Cancel()
    {
        lock (_lock)
            if (!_hasEnded)
                _stop.Cancel();
    }

    public void Dispose()
    {
        lock (_lock)
            _hasEnded = true;
        _stop.Dispose();
    }
}
