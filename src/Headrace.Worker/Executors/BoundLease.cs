using Headrace.Core.Jobs;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Executors;

/// <summary>Represents a job of a stream or batch method, with the input that was created from it.</summary>
internal sealed class BoundLease<TInput> : JobLease<TInput>
{
    private readonly JobExecution _job;

    private BoundLease(JobExecution job, TInput input)
    {
        (_job, Input) = (job, input);
    }

    public override TInput Input { get; }

    public override CancellationToken CancellationToken => _job.CancellationToken;

    public override JobId Id => _job.Id;

    public override int Attempt => _job.Attempt;

    public override string Queue => _job.Queue;

    public override string Method => _job.Method;

    public override ReadOnlyMemory<byte> Body => _job.Body;

    public override string? ContentType => _job.ContentType;

    public override string? Traceparent => _job.Traceparent;

    /// <summary>Creates the input of a job. If that fails, ends the job and returns null.</summary>
    public static BoundLease<TInput>? TryBind(JobExecution job, BoundDelegate bind)
    {
        try
        {
            return new BoundLease<TInput>(job, (TInput)bind.Call(job)!);
        }
        // Catches every exception, because an exception must fail only this job.
        catch (Exception unreadable)
        {
            job.End(JobOutcome.Failed(unreadable));
            return null;
        }
    }

    public override void ReportProgress(double fraction, string? text = null) => _job.ReportProgress(fraction, text);

    public override void Log(string line) => _job.Log(line);

    public override Task<IReadOnlyList<JobId>> SubmitAsync(
        IReadOnlyList<ChildJob> children,
        CancellationToken cancellationToken = default
    ) => _job.SubmitAsync(children, cancellationToken);

    public override void Succeed(object? result)
    {
        JobOutcome outcome;
        try
        {
            var written = ResultReader.Write(result, typeof(object));
            outcome = JobOutcome.Succeeded(written.Bytes, written.ContentType);
        }
        // Catches every exception: a result that cannot be serialized causes only this job to fail, in the same way as
        // if a method had returned that result.
        catch (Exception unwritable)
        {
            outcome = JobOutcome.Failed(unwritable);
        }
        _job.End(outcome);
    }

    public override void Fail(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        _job.End(JobOutcome.Failed(exception));
    }
}
