using System.Globalization;
using System.Text;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary>The routes that return the attempts of a job and the logs of these attempts.</summary>
internal sealed class HistoryRoutes(JobFinder finder, IJobStore jobStore)
{
    private static readonly IntegerParameter Attempt = new(
        "attempt",
        1,
        int.MaxValue,
        0,
        "Only the lines of this attempt, unchanged"
    );

    private static readonly IntegerParameter LogLines = new(
        "log",
        0,
        1_000,
        10,
        "Number of lines from the end of each attempt's log"
    );

    private static readonly RouteDescription GetAttempts = new("listAttempts", "Read a job's attempts")
    {
        Access = AccessLevel.Read,
        Description =
            "Returns the attempts, oldest first: how each of them ended, its worker, its times, its error and the last "
            + "lines of its log.",
        Parameters = [JobIdRoute.Id, LogLines],
        Replies = [ReplyDescription.Json<IReadOnlyList<AttemptReply>>(200, "The attempts")],
        Problems = [ProblemKinds.NotFound],
    };

    private static readonly RouteDescription GetLog = new("getLog", "Read a job's log")
    {
        Access = AccessLevel.Read,
        Description = "Returns the last 64 KB of each attempt's log, preceded by a line '# attempt N'.",
        Parameters = [JobIdRoute.Id, Attempt],
        Replies = [new ReplyDescription(200, "text/plain", null, "The log lines; empty if nothing was logged")],
        Problems = [ProblemKinds.NotFound],
        UnsupportedQuery = ["follow"],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/v1/jobs/{id}/attempts", GetAttempts, GetAttemptsAsync);
        app.Map("GET", "/v1/jobs/{id}/log", GetLog, GetLogAsync);
    }

    private async Task<IResult> GetAttemptsAsync(HttpContext context)
    {
        if (
            !JobIdRoute.Read(context).TryGet(out var id, out var problem)
            || !LogLines.Read(context.Request).TryGet(out var logLines, out problem)
        )
            return problem;
        if (await finder.FindAsync(id, TimeSpan.Zero, Caller.Of(context), context.RequestAborted) is not { } job)
            return JobIdRoute.NotFound(id);
        var rows = await jobStore.ReadAsync(
            [new RowKey.Attempts(id), .. logLines > 0 ? [new RowKey.Logs(id)] : Array.Empty<RowKey>()],
            context.RequestAborted
        );
        var attempts = AttemptView.Of(job, rows.OfType<AttemptRow>(), rows.OfType<LogRow>(), logLines);
        return new JsonReply<IReadOnlyList<AttemptReply>>(attempts, HeadraceJson.Default.IReadOnlyListAttemptReply);
    }

    private async Task<IResult> GetLogAsync(HttpContext context)
    {
        if (
            !JobIdRoute.Read(context).TryGet(out var id, out var problem)
            || !Attempt.Read(context.Request).TryGet(out var only, out problem)
        )
            return problem;
        if (await finder.FindAsync(id, TimeSpan.Zero, Caller.Of(context), context.RequestAborted) is null)
            return JobIdRoute.NotFound(id);
        var rows = (await jobStore.ReadAsync([new RowKey.Logs(id)], context.RequestAborted))
            .OfType<LogRow>()
            .OrderBy(l => l.Lease.Attempt);
        UntrustedContentHeaders.Apply(context.Response);
        return TypedResults.Bytes(
            only == 0 ? All(rows) : rows.FirstOrDefault(l => l.Lease.Attempt == only)?.Lines ?? default,
            "text/plain; charset=utf-8"
        );
    }

    private static ReadOnlyMemory<byte> All(IEnumerable<LogRow> rows)
    {
        var all = new MemoryStream();
        foreach (var row in rows)
        {
            all.Write(
                Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"# attempt {row.Lease.Attempt}\n"))
            );
            all.Write(row.Lines.Span);
            // The next heading must start on a new line, but the log of an attempt may end without a line break.
            if (row.Lines.Length > 0 && row.Lines.Span[^1] != '\n')
                all.WriteByte((byte)'\n');
        }
        return all.GetBuffer().AsMemory(0, (int)all.Length);
    }
}
