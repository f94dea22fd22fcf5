using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Pools;

/// <summary>The routes that return the output of local workers.</summary>
internal sealed class WorkerLogRoutes(WorkerLogs logs, IReadOnlyList<ManagedPool> pools, TimeProvider time)
{
    private static readonly IntegerParameter Top = new(
        "top",
        1,
        WorkerLogs.MaxLines,
        WorkerLogs.MaxLines,
        "Maximum number of lines"
    );

    private static readonly IntegerParameter After = new(
        "after",
        0,
        int.MaxValue,
        0,
        "Only lines after this number, oldest first; without it, the last lines"
    );

    private static readonly IntegerParameter Wait = new(
        "wait",
        0,
        Preference.MaxWait,
        0,
        "How many seconds to wait for a line after 'after' if there is none yet"
    );

    private static readonly RouteDescription GetLog = new("getWorkerLog", "Read the output of a local worker")
    {
        Access = AccessLevel.Read,
        Tag = "workers",
        Description =
            "The server keeps the last lines that each local worker wrote to standard output and standard error, even "
            + "after the worker has exited. To follow a worker's output, pass the value of 'next' from the previous "
            + "reply as 'after', with wait=30.",
        Parameters = [ParameterDescription.Path("name", "The worker's name"), After, Wait, Top],
        Replies = [ReplyDescription.Json<WorkerLogReply>(200, "The lines, oldest first")],
        Problems = [ProblemKinds.Forbidden, ProblemKinds.NotFound],
    };

    public void Map(IEndpointRouteBuilder app) => app.Map("GET", "/v1/workers/{name}/log", GetLog, GetLogAsync);

    private async Task<IResult> GetLogAsync(HttpContext context)
    {
        // Requires permission to read all jobs, because methods can write anything to the output, including data about
        // the jobs of any caller.
        var caller = Caller.Of(context);
        if (!caller.ReadsAllJobs)
            return new Problem(
                ProblemKinds.Forbidden,
                $"{caller} may not read the output of workers, because that output may contain information about other "
                    + "users' jobs. Use a key with the role viewer on all queues."
            );
        var name = context.GetRouteValue("name")?.ToString() ?? "";
        if (!Top.Read(context.Request).TryGet(out var top, out var problem))
            return problem;
        if (!After.Read(context.Request).TryGet(out var number, out problem))
            return problem;
        if (!Wait.Read(context.Request).TryGet(out var wait, out problem))
            return problem;
        int? after = context.Request.Query.ContainsKey("after") ? number : null;
        if (logs.Read(name, after, top) is not { } lines)
        {
            if (!IsRunning(name))
                return Problem.NotFound($"There is no output of a worker '{name}'. {Known(logs.Workers)}");
            lines = [];
        }
        if (lines.Count == 0 && wait > 0)
        {
            await WaitAsync(name, after ?? 0, TimeSpan.FromSeconds(wait), context.RequestAborted);
            lines = logs.Read(name, after, top) ?? [];
        }
        return new JsonReply<WorkerLogReply>(
            new WorkerLogReply(
                name,
                [.. lines.Select(line => new WorkerLogLineReply(line.Number, line.At, line.ProcessId, line.Text))],
                lines.Count > 0 ? lines[^1].Number : after ?? 0
            ),
            HeadraceJson.Default.WorkerLogReply
        );
    }

    private async Task WaitAsync(string worker, long after, TimeSpan wait, CancellationToken aborted)
    {
        using var timeout = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, aborted);
        try
        {
            await logs.WaitAsync(worker, after, either.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            // Nothing was written during the wait. The reply contains no lines.
        }
    }

    /// <summary>Returns whether the worker has been started, even if it has not written anything yet.</summary>
    private bool IsRunning(string worker) =>
        pools.Any(pool => pool.Provider.List().Any(provided => provided.Self?.Worker.Text == worker));

    private static string Known(IReadOnlyList<string> workers) =>
        workers.Count == 0
            ? "The server keeps the output only of workers that it has started, and none of them has written a line "
                + "yet."
            : $"Workers with output: {string.Join(", ", workers.Take(20))}{(workers.Count > 20 ? ", …" : "")}.";
}
