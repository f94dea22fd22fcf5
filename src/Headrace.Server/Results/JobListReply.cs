using Headrace.Core;
using Headrace.Core.Results;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Results;

/// <summary>
/// A reply with a list of jobs, newest first, written one job at a time, as fast as the client reads it. The list ends
/// early, with the position of the next page, if the params of the jobs exceed <see cref="MaxParamsBytes"/> or no
/// memory becomes available for them.
/// </summary>
internal sealed class JobListReply(JobPages pages, Cursor after, int limit, JobPayloads payloads) : IResult
{
    /// <summary>Number of jobs read at a time: 200 KB of memory if each has 2 KB of params.</summary>
    private const int PageSize = 100;

    /// <summary>
    /// Maximum size in bytes of the params in one reply. A reply that reaches this limit ends early (R15).
    /// </summary>
    public const long MaxParamsBytes = 8 << 20;

    /// <summary>The JSON text before the first job.</summary>
    private static ReadOnlySpan<byte> Opening => "{\"jobs\":["u8;

    private Problem? _noMemory;
    private long _paramsBytes;

    /// <summary>The counts that follow the jobs.</summary>
    public required IReadOnlyList<CountReply> Counts { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var cancellationToken = httpContext.RequestAborted;
        var output = new JsonStream(httpContext.Response, cancellationToken);
        Cursor? last = null;
        var (isFull, isComplete) = (false, true);
        output.Write(Opening);
        await foreach (var page in pages.ReadAsync(after, limit, PageSize, cancellationToken))
        {
            foreach (var row in page)
            {
                isFull = _paramsBytes >= MaxParamsBytes || !await TryWriteAsync(output, row, last is null);
                if (isFull)
                    break;
                last = new Cursor(JobOf(row).Id.Value);
                await output.PaceAsync();
            }
            if (isFull)
                break;
        }
        if (_noMemory is { } problem && last is null)
        {
            await problem.ExecuteAsync(httpContext);
            return;
        }
        if (!isFull)
            (last, isComplete) = (pages.Next, pages.IsComplete);
        var frame = JsonText.Of(
            new JobPage([], last is { } next ? CursorText.Write(next) : null, isComplete, Counts)
            {
                Examined = pages.Examined,
            },
            HeadraceJson.Default.JobPage
        );
        await output.WriteLargeAsync(frame[Opening.Length..]);
        await output.CompleteAsync();
    }

    /// <summary>Writes one job. Returns false if no memory became available for its params.</summary>
    private async Task<bool> TryWriteAsync(JsonStream output, StoredRow row, bool isFirst)
    {
        var job = JobOf(row);
        var reply = row is DoneRow done ? JobView.Of(done) : JobView.Of(job);
        HeldPayload? held = null;
        if (
            job.Spec.PayloadParamsBytes > 0
            && !(await payloads.ParamsAsync(job, output.CancellationToken)).TryGet(out held, out _noMemory)
        )
            return false;
        using (held)
        {
            if (!isFirst)
                output.Write(","u8);
            if (held is null)
                output.Write(reply, HeadraceJson.Default.JobReply);
            else
                await JobDetail.WriteAsync(output, reply, job.Spec, held);
        }
        _paramsBytes += job.Spec.ParamsBytes;
        return true;
    }

    private static JobRow JobOf(StoredRow row) => row is DoneRow done ? done.Job : (JobRow)row;
}
