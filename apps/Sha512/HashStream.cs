using Headrace.Apps.Sha512.Engine;
using Headrace.Worker;

namespace Headrace.Apps.Sha512;

/// <summary>
/// Feeds one engine with jobs. A lane that finishes takes the next job at once. Between slices of about five
/// milliseconds, cancelled jobs leave their lanes.
/// </summary>
internal sealed class HashStream(IncomingJobs<Chain> jobs, Kernel kernel) : ILaneSource<IOpenJob<Chain>>
{
    public async Task RunAsync()
    {
        using var engine = new HashEngine<IOpenJob<Chain>>(kernel);
        while (await jobs.WaitAsync())
        {
            do
            {
                engine.Run(this);
                engine.Look(Keep);
            } while (engine.Live > 0);
        }
    }

    public bool TryTake(out IOpenJob<Chain> item, out ReadOnlyMemory<byte> payload, out long hashes)
    {
        (payload, hashes) = (default, 0);
        if (!jobs.TryTake(out item!))
            return false;
        (payload, hashes) = (item.Input.Body, item.Input.Hashes);
        return true;
    }

    public void Ended(IOpenJob<Chain> item, ReadOnlySpan<byte> digest) =>
        item.Succeed(Convert.ToHexStringLower(digest));

    private static bool Keep(IOpenJob<Chain> job, double part)
    {
        if (job.Stop.IsCancellationRequested)
        {
            job.Fail(new OperationCanceledException(job.Stop));
            return false;
        }
        if (part > 0)
            job.Progress(part);
        return true;
    }
}

/// <summary>The work of one job: hash the body, then the digest, for the given total number of hashes.</summary>
internal sealed record Chain(ReadOnlyMemory<byte> Body, long Hashes);
