using Headrace.Worker.Manifests;

namespace Headrace.Worker.Warm;

/// <summary>
/// Runs the jobs of a method in warm processes or groups of ranks, one for each call: it is started once and then runs
/// one batch after another.
/// </summary>
/// <param name="manifest">The method.</param>
/// <param name="start">Starts a process or a group.</param>
/// <param name="health">Records starts that fail.</param>
internal sealed class WarmExecutor(MethodManifest manifest, WarmCall.Starter start, WarmHealth health) : IMethodExecutor
{
    private readonly WarmOptions _options = manifest.Warm!;

    public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
    {
        using var call = new WarmCall(manifest, start, cancellationToken);
        await using var batches = BatchesOf(jobs, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(batches, call))
        {
            call.Run(batches.Current);
            health.Record(call.FailedStart);
        }
    }

    /// <summary>
    /// Waits for the next batch. If it does not come for long, ends the process and then goes on waiting.
    /// </summary>
    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<IReadOnlyList<JobExecution>> batches, WarmCall call)
    {
        var next = batches.MoveNextAsync();
        if (next.IsCompleted)
            return await next;
        var waiting = next.AsTask();
        using var stop = new CancellationTokenSource();
        if (await Task.WhenAny(waiting, Task.Delay(_options.IdleLimit, stop.Token)) != waiting)
            call.Retire();
        await stop.CancelAsync();
        return await waiting;
    }

    private async IAsyncEnumerable<IReadOnlyList<JobExecution>> BatchesOf(
        JobReader jobs,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (_options.BatchSize > 1)
            await foreach (var batch in jobs.ReadBatchesAsync(cancellationToken))
                yield return batch;
        else
            await foreach (var job in jobs.ReadAllAsync(cancellationToken))
                yield return [job];
    }
}
