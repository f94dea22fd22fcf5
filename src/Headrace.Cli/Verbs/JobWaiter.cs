using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary>Waits for the ends of jobs.</summary>
internal static class JobWaiter
{
    /// <summary>
    /// How often a person sees the progress of a job, and how long one may take before a bar is worth drawing.
    /// </summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>Waits for one job; a person who looks on sees its progress.</summary>
    public static async Task<JobReply> ForOneAsync(
        CommandContext call,
        HeadraceClient client,
        string id,
        TimeSpan? limit,
        CancellationToken cancellationToken
    )
    {
        if (call.Quiet || !call.Terminal.ErrorIsTerminal || limit <= PollInterval)
            return await client.WaitAsync(id, limit, cancellationToken);
        var began = TimeProvider.System.GetTimestamp();
        return await GlanceAsync()
            ?? await JobProgressBar.DrawAsync(
                call,
                $"job {id}",
                1,
                async tell =>
                {
                    while (true)
                    {
                        tell((await client.GetJobAsync(id, cancellationToken)).Progress?.Fraction ?? 0);
                        if (TimeProvider.System.GetElapsedTime(began) >= limit)
                            return await client.WaitAsync(id, TimeSpan.Zero, cancellationToken);
                        if (await GlanceAsync() is { } ended)
                            return ended;
                    }
                }
            );

        async Task<JobReply?> GlanceAsync()
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
    /// Waits for jobs one after the other, which takes no longer than the last of them, and prints each end.
    /// </summary>
    public static Task<int> ForAllAsync(
        CommandContext call,
        HeadraceClient client,
        IReadOnlyList<string> ids,
        TimeSpan? limit,
        CancellationToken cancellationToken
    ) =>
        JobProgressBar.OfManyAsync(
            call,
            "waiting",
            ids.Count,
            async tell =>
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
                    if (call.Json)
                        call.Terminal.WriteLine(Format.Json(job, HeadraceJson.Default.JobReply));
                    else
                        call.Terminal.WriteLine($"{job.Id}\t{Terminal.ToSingleLine(Format.End(job))}");
                    if (!job.HasSucceeded())
                        code = ExitCode.JobFailed;
                    tell(i + 1);
                }
                return code;
            }
        );
}
