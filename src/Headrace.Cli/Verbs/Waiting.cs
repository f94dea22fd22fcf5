using Headrace.Cli.Output;
using Headrace.Client;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary>Waits for jobs one after the other, which takes no longer than the last of them, and prints each end.</summary>
internal static class Waiting
{
    public static Task<int> ForAllAsync(Call call, HeadraceClient client, IReadOnlyList<string> ids, TimeSpan? limit, CancellationToken cancellationToken) =>
        Bar.DrawAsync(call, "waiting", ids.Count, async tell =>
        {
            var began = TimeProvider.System.GetTimestamp();
            var code = ExitCode.Done;
            for (var i = 0; i < ids.Count; i++)
            {
                var left = limit - TimeProvider.System.GetElapsedTime(began);
                var job = await client.WaitAsync(ids[i], left < TimeSpan.Zero ? TimeSpan.Zero : left, cancellationToken);
                if (call.Json) call.Terminal.Line(Show.Json(job, HeadraceJson.Default.JobReply));
                else if (!call.Quiet) call.Terminal.Line($"{job.Id}\t{Terminal.OneLine(Show.End(job))}");
                if (!job.HasSucceeded()) code = ExitCode.JobFailed;
                tell(i + 1);
            }
            return code;
        });
}
