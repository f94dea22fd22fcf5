using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Warm;

/// <summary>
/// Runs the jobs of a method in warm processes, one for each slot: a process is started once and then runs one call
/// after another.
/// </summary>
internal sealed class WarmExecutor(MethodManifest manifest, Executions executions) : IMethodExecutor
{
    private readonly WarmOptions _options = manifest.Warm!;

    public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
    {
        using var call = new WarmCall(manifest, executions, cancellationToken);
        await using var batches = BatchesOf(jobs, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(batches, call))
            call.Run(batches.Current);
    }

    /// <summary>
    /// Waits for the next batch. If none arrives for a long time, ends the process and continues to wait.
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
