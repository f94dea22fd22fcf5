using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>Waits for jobs to end.</summary>
internal static class JobWaiter
{
    /// <summary>
    /// The interval between updates of the progress bar. No bar is shown for a job that ends within the first interval.
    /// </summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>Waits for one job, and shows its progress on a terminal.</summary>
    public static async Task<JobReply> ForOneAsync(
        CommandContext context,
        HeadraceClient client,
        string id,
        TimeSpan? limit,
        CancellationToken cancellationToken
    )
    {
        if (context.Quiet || !context.Terminal.ErrorIsTerminal || limit <= PollInterval)
            return await client.WaitAsync(id, limit, cancellationToken);
        var began = TimeProvider.System.GetTimestamp();
        return await PollAsync()
            ?? await JobProgressBar.DrawAsync(
                context,
                $"job {id}",
                1,
                async report =>
                {
                    while (true)
                    {
                        report((await client.GetJobAsync(id, cancellationToken)).Progress?.Fraction ?? 0);
                        if (TimeProvider.System.GetElapsedTime(began) >= limit)
                            return await client.WaitAsync(id, TimeSpan.Zero, cancellationToken);
                        if (await PollAsync() is { } ended)
                            return ended;
                    }
                }
            );

        async Task<JobReply?> PollAsync()
        {
            try
            {
                return await client.WaitAsync(id, PollInterval, cancellationToken);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
    }

    /// <summary>
    /// Waits for the jobs one after another, which takes no longer than waiting for the slowest one, and prints the
    /// outcome of each.
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
                    var left = limit - TimeProvider.System.GetElapsedTime(began);
                    var job = await client.WaitAsync(
                        ids[i],
                        left < TimeSpan.Zero ? TimeSpan.Zero : left,
                        cancellationToken
                    );
                    if (context.Json)
                        context.Terminal.WriteLine(Format.Json(job, HeadraceJson.Default.JobReply));
                    else
                        context.Terminal.WriteLine($"{job.Id}\t{Terminal.ToSingleLine(Format.End(job))}");
                    if (!job.HasSucceeded())
                        code = ExitCode.JobFailed;
                    report(i + 1);
                }
                return code;
            }
        );
}
