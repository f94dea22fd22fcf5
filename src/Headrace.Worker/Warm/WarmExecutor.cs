using Headrace.Worker.Manifests;

namespace Headrace.Worker.Warm;

/// <summary>
/// Runs the jobs of a method in warm processes or groups of ranks. Each call has one process or group, which is started
/// once and then runs one batch after another.
/// </summary>
/// <param name="manifest">The method.</param>
/// <param name="start">Starts a process or a group.</param>
/// <param name="health">Records starts that fail.</param>
/// <param name="log">Receives messages about processes that are killed; must not wait.</param>
internal sealed class WarmExecutor(
    MethodManifest manifest,
    WarmCall.Starter start,
    WarmHealth health,
    Action<string> log
) : IMethodExecutor
{
    /// <summary>How often an idle process is checked. A check takes microseconds.</summary>
    private static readonly TimeSpan IdleCheckPeriod = TimeSpan.FromSeconds(1);

    private readonly WarmOptions _options = manifest.Warm!;

    public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
    {
        using var call = new WarmCall(manifest, start, log, cancellationToken);
        await using var batches = BatchesOf(jobs, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(batches, call))
        {
            call.Run(batches.Current);
            if (call.TakeFailedStart() is { } reason)
                health.Record(reason);
            else if (call.IsReady)
                health.Record(failedStart: null);
        }
    }

    /// <summary>
    /// Waits for the next batch. If none arrives for a long time, ends the process and continues waiting.
    /// </summary>
    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<IReadOnlyList<JobExecution>> batches, WarmCall call)
    {
        var next = batches.MoveNextAsync();
        if (next.IsCompleted)
            return await next;
        var waiting = next.AsTask();
        var since = TimeProvider.System.GetTimestamp();
        while (call.HasProcess)
        {
            var left = _options.IdleLimit - TimeProvider.System.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
                call.Retire();
            else if (await EndsWithinAsync(waiting, left < IdleCheckPeriod ? left : IdleCheckPeriod))
                break;
            else
                call.CheckIdle();
        }
        return await waiting;
    }

    private static async Task<bool> EndsWithinAsync(Task waiting, TimeSpan limit)
    {
        using var stop = new CancellationTokenSource();
        var ended = await Task.WhenAny(waiting, Task.Delay(limit, stop.Token)) == waiting;
        await stop.CancelAsync();
        return ended;
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
