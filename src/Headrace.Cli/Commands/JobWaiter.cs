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
    /// <param name="context">Where the outcomes are printed.</param>
    /// <param name="client">The client.</param>
    /// <param name="ids">The ids of the jobs.</param>
    /// <param name="limit">The maximum time to wait; null to wait without a limit.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <param name="round">
    /// The wait that this one is part of, whose ids are those of a list; null for the ids of a user.
    /// </param>
    public static Task<int> ForAllAsync(
        CommandContext context,
        HeadraceClient client,
        IReadOnlyList<string> ids,
        TimeSpan? limit,
        CancellationToken cancellationToken,
        Round? round = null
    ) =>
        JobProgressBar.OfManyAsync(
            context,
            "waiting",
            ids.Count,
            async report =>
            {
                var began = round?.Began ?? TimeProvider.System.GetTimestamp();
                var code = ExitCode.Done;
                for (var i = 0; i < ids.Count; i++)
                {
                    var wait = new JobWait(client, ids[i], limit, began);
                    JobReply job;
                    try
                    {
                        job =
                            await wait.EndedAsync(FirstLook, cancellationToken)
                            ?? await FollowAsync(
                                wait,
                                report with
                                {
                                    Done = _ => { },
                                },
                                LookInterval,
                                cancellationToken
                            );
                    }
                    catch (HeadraceProblemException removed) when (removed.Status == 404 && round is not null)
                    {
                        context.WriteNote(
                            $"Job {ids[i]} no longer exists: the attempt that submitted it did not succeed, or the job "
                                + "was deleted."
                        );
                        report.Done(i + 1);
                        continue;
                    }
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

    /// <summary>A part of a longer wait for jobs that were found in a list, and may have been removed since.</summary>
    /// <param name="Began">When the longer wait began, as a timestamp of <c>TimeProvider.System</c>.</param>
    public sealed record Round(long Began);

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
