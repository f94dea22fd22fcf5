using Headrace.Core.Jobs;
using Headrace.Worker.Commands;
using Headrace.Worker.Groups;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;
using Headrace.Worker.Ranks;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Installed;

/// <summary>Maps the method that a manifest describes: chooses its executor and its options.</summary>
internal static class InstalledMapping
{
    /// <summary>The maximum length of a reason that the server accepts.</summary>
    private const int MaxReason = 1_000;

    /// <summary>
    /// Maps a method. If this machine lacks something that the method needs, the worker offers the method as
    /// unavailable, so that the reason is shown with the jobs that are waiting for it.
    /// </summary>
    /// <param name="worker">The worker.</param>
    /// <param name="manifest">The method.</param>
    /// <param name="executions">The executions of this worker.</param>
    /// <param name="health">The health of the processes of the method.</param>
    /// <param name="finding">The components that the check of the method found to be missing; empty if none are
    /// missing.</param>
    public static MethodBuilder Map(
        HeadraceWorker worker,
        MethodManifest manifest,
        Executions executions,
        WarmHealth health,
        string finding = ""
    )
    {
        var (ranks, reason) = Plan(manifest, worker.Slots, health, finding);
        IMethodExecutor executor = manifest.Warm is null
            ? new CommandExecutor(manifest, ranks, executions)
            : new WarmExecutor(manifest, StarterOf(manifest, ranks, executions), health, line => worker.Log(line));
        var builder = worker.MapExecutor(
            manifest.Name.ToString(),
            new ExecutorOptions
            {
                Schema = manifest.ParamsSchema,
                ResultSchema = manifest.ResultSchema,
                MaxBatchSize = manifest.Warm is { BatchSize: > 1 } warm ? warm.BatchSize : 0,
                MaxWait = manifest.Warm?.BatchWait ?? TimeSpan.Zero,
                PreferredBatchSizes = manifest.Warm is { BatchSize: > 1 } batched ? batched.PreferredBatches : [],
            },
            executor
        );
        builder.Slots(ranks?.Ranks ?? manifest.Mpi?.MinRanks ?? manifest.Slots);
        builder.Offer.Unavailable = reason;
        if (manifest.Retry != new RetryOptions())
            builder.Retry(manifest.Retry);
        builder.NeverRetry([.. manifest.PermanentErrors]);
        if (ranks is not null)
            builder.RuntimeInfo($"{ranks.Ranks} ranks, {ranks.LauncherName}");
        if (manifest.Exclusive)
            builder.Exclusive();
        if (manifest.FailWhenLost)
            builder.FailWhenLost();
        return builder;
    }

    /// <summary>Returns the reason why a worker currently cannot run a method; empty if it can.</summary>
    public static string ReasonUnavailable(
        MethodManifest manifest,
        int slots,
        WarmHealth health,
        string finding = ""
    ) => Plan(manifest, slots, health, finding).Reason;

    /// <summary>
    /// Returns the reason why a worker on this machine could not run a method even with enough slots; empty if it
    /// could.
    /// </summary>
    public static string ReasonUnavailable(MethodManifest manifest) =>
        ReasonUnavailable(
            manifest,
            manifest.Mpi?.MaxRanks ?? manifest.Slots,
            new WarmHealth(TimeProvider.System),
            ProgramCheck.Missing(manifest) ?? ""
        );

    private static (RankPlan? Ranks, string Reason) Plan(
        MethodManifest manifest,
        int slots,
        WarmHealth health,
        string finding
    )
    {
        var (ranks, reason) = manifest.Mpi is { } options
            ? RankPlanner.Plan(options, CommandLine.Program(manifest, _ => manifest.Folder), new ThisMachine(slots))
            : (null, "");
        reason = health.Withdrawn ?? (finding.Length > 0 ? finding : reason);
        return (ranks, reason[..Math.Min(reason.Length, MaxReason)]);
    }

    private static WarmCall.Starter StarterOf(MethodManifest manifest, RankPlan? ranks, Executions executions) =>
        ranks is null
            ? (wake, log) => WarmProcess.Start(manifest, executions, wake, log)
            : (wake, log) => RankGroup.Start(manifest, ranks, executions, wake, log);
}
