using Headrace.Core.Jobs;
using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>A job in the hands of a method that ends it by itself.</summary>
/// <param name="attempt">The run of it.</param>
/// <param name="method">Who reads its parameters.</param>
/// <param name="tell">Who is told of begin and end; the loop at once where nobody is named.</param>
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
        // Catch-all of the first kind: around one job. As where a method returns such a value, it is its failure and
        // nobody else's.
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
    /// The method takes it; false when it was taken back, or its parameters do not fit, with which it has ended.
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
        // Catch-all of the first kind: around one job.
        catch (Exception unreadable)
        {
            Fail(unreadable);
            return false;
        }
    }
}
