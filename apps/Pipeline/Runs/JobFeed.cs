using System.Text;
using System.Text.Json;
using Headrace.Apps.Pipeline.Chains;
using Headrace.Apps.Pipeline.Messages;
using Headrace.Client;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>Consumes the ends of the jobs of a run, each until its consequences are on the server's disk.</summary>
internal sealed class JobFeed(HeadraceClient client, PipelineRun run)
{
    private const int MaxDeliveries = 100;

    /// <summary>
    /// The longest wait of one pull, after which the program checks whether everything has ended.
    /// </summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a delivery stays with a program that was killed. Handling one is a submission; if that takes longer,
    /// the acknowledgement still counts, because the program is the only consumer.
    /// </summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    /// <summary>The type of the error of a job whose program wrote something else than its method promises.</summary>
    private const string RubbishError = "InvalidResult";

    /// <summary>
    /// Pulls ended jobs, waiting briefly for the first one, and handles each before it acknowledges it.
    /// </summary>
    public async Task PullAsync(
        Func<JobReply, StepOutcome, CancellationToken, Task> handleAsync,
        CancellationToken cancellationToken
    )
    {
        var pulled = await UseAsync(
            feeds => feeds.PullAsync(run.Feed, MaxDeliveries, MaxWait, Lease, cancellationToken)
        );
        foreach (var delivery in pulled.Deliveries)
        {
            // Crash point: everything that follows from this job is submitted, and the job is not acknowledged. It is
            // delivered again, and its consequences have the same idempotency keys.
            var outcome = await OutcomeOfAsync(delivery.Job, cancellationToken);
            try
            {
                await handleAsync(delivery.Job, outcome, cancellationToken);
            }
            catch (Exception failure) when (SingleFault.Is(failure))
            {
                // Otherwise, one result would end the program, at every start again.
                var fault = $"ended, but what follows from it failed: {failure.Message}";
                await handleAsync(
                    delivery.Job,
                    new StepOutcome(default, fault) { ErrorType = SingleFault.TypeOf(failure) },
                    cancellationToken
                );
            }
            await UseAsync(feeds => feeds.AcknowledgeAsync(run.Feed, [delivery.Token], cancellationToken));
        }
    }

    /// <summary>
    /// Returns whether all jobs have ended and are acknowledged. Only this program submits jobs, so none can be
    /// submitted between the two requests.
    /// </summary>
    public async Task<bool> IsEmptyAsync(CancellationToken cancellationToken) =>
        await QueueCounts.UnfinishedAsync(client, run.Jobs, cancellationToken) == 0
        && (await UseAsync(feeds => feeds.GetAsync(run.Feed, cancellationToken))).Lag == 0;

    /// <exception cref="RunUnavailableException">The feed does not exist.</exception>
    private async Task<T> UseAsync<T>(Func<FeedsClient, Task<T>> call)
    {
        try
        {
            return await call(client.Feeds);
        }
        catch (HeadraceProblemException missing) when (missing.Status == 404)
        {
            throw RunUnavailableException.FeedMissing(run);
        }
    }

    private async Task<StepOutcome> OutcomeOfAsync(JobReply job, CancellationToken cancellationToken)
    {
        if (!job.HasSucceeded())
            return new StepOutcome(default, Format.End(job)) { IsRubbish = job.Error?.Type == RubbishError };
        if (job.ResultBytes is null or 0)
            return new StepOutcome(default, null);
        if (InlineResult(job) is { } inline)
            return new StepOutcome(inline, null) { ResultType = job.ResultType };
        try
        {
            var result = await client.GetResultAsync(job.Id, cancellationToken);
            return new StepOutcome(result.Bytes, null) { ResultType = result.ContentType };
        }
        // The job was deleted or retried meanwhile, or its result is damaged.
        catch (HeadraceProblemException unreadable) when (unreadable is { Status: 404 or 409 } or { Name: "damaged" })
        {
            return new StepOutcome(default, $"succeeded, but its result cannot be read: {unreadable.Message}");
        }
    }

    /// <summary>Returns a short result, which the delivery contains; null for another one.</summary>
    private static byte[]? InlineResult(JobReply job) =>
        job.Result is not { } result ? null
        : result.ValueKind == JsonValueKind.String && job.ResultType?.Contains("json", StringComparison.Ordinal) != true
            ? Encoding.UTF8.GetBytes(result.GetString()!)
        : Encoding.UTF8.GetBytes(result.GetRawText());
}
