using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>Waits for jobs to end, and tells the user what they are waiting for.</summary>
internal static class JobWaiter
{
    /// <summary>How long a job may take before its state is looked up for the first time.</summary>
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(2);

    /// <summary>The interval between updates of the progress bar.</summary>
    private static readonly TimeSpan BarInterval = TimeSpan.FromSeconds(1);

    /// <summary>The interval between updates without a progress bar.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    /// <summary>Waits for one job, and shows its progress on a terminal.</summary>
    public static async Task<JobReply> ForOneAsync(
        CommandContext context,
        HeadraceClient client,
        string id,
        TimeSpan? limit,
        CancellationToken cancellationToken
    )
    {
        var wait = new JobWait(client, id, limit);
        // No bar is drawn for a job that ends before its state is first looked up.
        return await wait.EndedAsync(FirstLook, cancellationToken)
            ?? await JobProgressBar.DrawAsync(
                context,
                $"job {id}",
                1,
                report => FollowAsync(wait, report, BarInterval, cancellationToken)
            );
    }

    /// <summary>
    /// Waits for the jobs one after another and prints the outcome of each. The total wait is no longer than the wait
    /// for the slowest job.
    /// </summary>
    public static Task<int> ForAllAsync(
        CommandContext context,
        HeadraceClient client,
        IReadOnlyList<string> ids,
        TimeSpan? limit,
        CancellationToken cancellationToken
    ) =>
        JobProgressBar.OfManyAsync(
            context,
            "waiting",
            ids.Count,
            async report =>
            {
                var began = TimeProvider.System.GetTimestamp();
                var code = ExitCode.Done;
                for (var i = 0; i < ids.Count; i++)
                {
                    var wait = new JobWait(client, ids[i], limit, began);
                    var job =
                        await wait.EndedAsync(FirstLook, cancellationToken)
                        ?? await FollowAsync(wait, report with { Done = _ => { } }, LookInterval, cancellationToken);
                    if (context.Json)
                        context.Terminal.WriteLine(Format.Json(job, HeadraceJson.Default.JobReply));
                    else
                        context.Terminal.WriteRow(job.Id, Format.End(job));
                    if (!job.HasSucceeded())
                        code = ExitCode.JobFailed;
                    report.Done(i + 1);
                }
                return code;
            }
        );

    private static async Task<JobReply> FollowAsync(
        JobWait wait,
        ProgressReport report,
        TimeSpan interval,
        CancellationToken cancellationToken
    )
    {
        var reasons = new WaitReasons(report.Note);
        while (true)
        {
            var job = await wait.LookAsync(cancellationToken);
            if (job.HasEnded())
                return job;
            reasons.Show(job);
            report.Done(job.Progress?.Fraction ?? 0);
            if (await wait.EndedAsync(interval, cancellationToken) is { } ended)
                return ended;
        }
    }
}
