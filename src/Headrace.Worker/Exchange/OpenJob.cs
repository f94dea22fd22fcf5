using Headrace.Core.Jobs;
using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>Represents a job of a stream or batch method, which ends each job explicitly.</summary>
/// <param name="attempt">The attempt.</param>
/// <param name="method">Binds the parameters.</param>
/// <param name="tell">Receives the start and the end; null to post them to the loop immediately.</param>
internal sealed class OpenJob<TInput>(Attempt attempt, OpenMethod<TInput> method, Action<WorkerEvent>? tell = null)
    : IOpenJob<TInput>
{
    public TInput Input { get; private set; } = default!;

    public CancellationToken Stop => attempt.Stop;

    public JobId Id => attempt.Id;

    int IJob.Attempt => ((IJob)attempt).Attempt;

    public string Queue => attempt.Queue;

    public string Method => attempt.Method;

    public ReadOnlyMemory<byte> Body => attempt.Body;

    public string? ContentType => attempt.ContentType;

    public void Progress(double fraction, string? text = null) => attempt.Progress(fraction, text);

    public void Log(string line) => attempt.Log(line);

    public void Succeed(object? result)
    {
        MethodResult written;
        try
        {
            written = ResultReader.Write(result, typeof(object));
        }
        // Catches every exception: a result that cannot be serialized fails only this job, as it does in a method that
        // returns it.
        catch (Exception unwritable)
        {
            Fail(unwritable);
            return;
        }
        attempt.End(Attempt.ResultOf(written), tell: tell);
    }

    public void Fail(Exception why)
    {
        ArgumentNullException.ThrowIfNull(why);
        attempt.End(attempt.FailureOf(why), tell: tell);
    }

    /// <summary>
    /// Starts the job for the method. Returns false when the job was recalled, or when its parameters do not match the
    /// schema; the job then fails.
    /// </summary>
    public bool TryBegin()
    {
        if (!attempt.TryBegin(tell: tell))
            return false;
        try
        {
            Input = method.Read(attempt);
            return true;
        }
        // Catches every exception: it fails only this job.
        catch (Exception unreadable)
        {
            Fail(unreadable);
            return false;
        }
    }
}
