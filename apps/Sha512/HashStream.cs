using Headrace.Apps.Sha512.Engine;
using Headrace.Worker;

namespace Headrace.Apps.Sha512;

/// <summary>
/// Feeds one engine with jobs. A lane that has finished its job takes the next one immediately. Between slices of about
/// five milliseconds, cancelled jobs are removed from their lanes.
/// </summary>
internal sealed class HashStream(JobReader<Chain> jobs, Kernel kernel) : ILaneSource<JobLease<Chain>>
{
    public async Task RunAsync()
    {
        using var engine = new HashEngine<JobLease<Chain>>(kernel);
        while (await jobs.WaitToReadAsync())
        {
            do
            {
                engine.Run(this);
                engine.Look(Keep);
            } while (engine.Live > 0);
        }
    }

    public bool TryTake(out JobLease<Chain> item, out ReadOnlyMemory<byte> payload, out long hashes)
    {
        (payload, hashes) = (default, 0);
        if (!jobs.TryRead(out item!))
            return false;
        (payload, hashes) = (item.Input.Body, item.Input.Hashes);
        return true;
    }

    public void Ended(JobLease<Chain> item, ReadOnlySpan<byte> digest) =>
        item.Succeed(Convert.ToHexStringLower(digest));

    private static bool Keep(JobLease<Chain> job, double part)
    {
        if (job.CancellationToken.IsCancellationRequested)
        {
            job.Fail(new OperationCanceledException(job.CancellationToken));
            return false;
        }
        if (part > 0)
            job.ReportProgress(part);
        return true;
    }
}

/// <summary>The work of one job: hash the body, then the digest, for the given total number of hashes.</summary>
internal sealed record Chain(ReadOnlyMemory<byte> Body, long Hashes);
