using Headrace.Core.Jobs;
using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>Represents a job of a stream or batch method, which ends each job explicitly.</summary>
/// <param name="attempt">The attempt.</param>
/// <param name="method">Binds the parameters.</param>
/// <param name="tell">Receives the start and end events; null to post them to the loop immediately.</param>
internal sealed class AttemptLease<TInput>(
    JobAttempt attempt,
    LeaseMethod<TInput> method,
    Action<WorkerEvent>? tell = null
) : JobLease<TInput>
{
    private TInput _input = default!;

    public override TInput Input => _input;

    public override CancellationToken CancellationToken => attempt.Stop;

    public override JobId Id => attempt.Id;

    public override int Attempt => attempt.Attempt;

    public override string Queue => attempt.Queue;

    public override string Method => attempt.Method;

    public override ReadOnlyMemory<byte> Body => attempt.Body;

    public override string? ContentType => attempt.ContentType;

    public override void ReportProgress(double fraction, string? text = null) => attempt.ReportProgress(fraction, text);

    public override void Log(string line) => attempt.Log(line);

    public override void Succeed(object? result)
    {
        MethodResult written;
        try
        {
            written = ResultReader.Write(result, typeof(object));
        }
        // Catches every exception: a result that cannot be serialized fails only this job, as it would if a method
        // returned it.
        catch (Exception unwritable)
        {
            Fail(unwritable);
            return;
        }
        attempt.End(JobAttempt.ResultOf(written), tell: tell);
    }

    public override void Fail(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        attempt.End(attempt.FailureOf(exception), tell: tell);
    }

    /// <summary>
    /// Starts the job for the method. Returns false if the job was recalled. Fails the job and returns false if its
    /// parameters do not match the schema.
    /// </summary>
    public bool TryStart()
    {
        if (!attempt.TryStart(tell: tell))
            return false;
        try
        {
            _input = method.Read(attempt);
            return true;
        }
        // Catches every exception, because an exception must fail only this job.
        catch (Exception unreadable)
        {
            Fail(unreadable);
            return false;
        }
    }
}
