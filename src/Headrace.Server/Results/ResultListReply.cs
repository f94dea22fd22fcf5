using Headrace.Core;
using Headrace.Core.Results;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Results;

/// <summary>
/// The latest ended jobs with their results, written one job at a time, as fast as the client reads them. Beyond
/// <see cref="MaxResultBytes"/>, the reply contains addresses instead of results.
/// </summary>
internal sealed class ResultListReply(JobPages pages, int top, JobPayloads payloads) : IResult
{
    /// <summary>
    /// Number of jobs read at a time. Each read costs a thread switch. With 16 jobs per read, the switches took a third
    /// of the time.
    /// </summary>
    private const int PageSize = 256;

    /// <summary>
    /// Maximum size in bytes of the results that are read at a time and stay in memory until written.
    /// </summary>
    private const long ChunkBytes = 1 << 20;

    /// <summary>
    /// Maximum size in bytes of the results in one reply. Beyond it, the reply contains addresses instead of results
    /// (R15).
    /// </summary>
    public const long MaxResultBytes = 8 << 20;

    private long _resultBytes;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var output = new JsonStream(httpContext.Response, httpContext.RequestAborted);
        var isFirst = true;
        output.Write("["u8);
        await foreach (var page in pages.ReadAsync(Cursor.Start, top, PageSize, httpContext.RequestAborted))
        {
            foreach (var chunk in ResultChunks(page))
            {
                var results = await payloads.SmallAsync(chunk.Where(IsIncluded), httpContext.RequestAborted);
                foreach (var row in chunk)
                {
                    if (!isFirst)
                        output.Write(","u8);
                    isFirst = false;
                    if (await TryWriteAsync(output, row, results.GetValueOrDefault(row.Job.Id)) is { } problem)
                    {
                        await RejectAsync(httpContext, problem);
                        return;
                    }
                    await output.PaceAsync();
                }
            }
        }
        output.Write("]"u8);
        await output.CompleteAsync();
    }

    /// <summary>Splits a page so that the results of each part have at most <see cref="ChunkBytes"/>.</summary>
    private static IEnumerable<List<DoneRow>> ResultChunks(IReadOnlyList<StoredRow> page)
    {
        var chunk = new List<DoneRow>();
        var bytes = 0L;
        foreach (var row in page.OfType<DoneRow>())
        {
            var size = InlineResult.IsInlineable(row) ? row.ResultBytes : 0;
            if (bytes + size > ChunkBytes)
            {
                yield return chunk;
                (chunk, bytes) = ([], 0);
            }
            chunk.Add(row);
            bytes += size;
        }
        if (chunk.Count > 0)
            yield return chunk;
    }

    private bool IsIncluded(DoneRow row) =>
        InlineResult.IsInlineable(row) && (_resultBytes += row.ResultBytes) <= MaxResultBytes;

    /// <summary>Writes one job, or returns the problem if no memory is free for its params.</summary>
    private async Task<Problem?> TryWriteAsync(JsonStream output, DoneRow row, PayloadRow? result)
    {
        var reply = InlineResult.Put(JobView.Of(row), result);
        if (row.Job.Spec.PayloadParamsBytes == 0)
        {
            output.Write(reply, HeadraceJson.Default.JobReply);
            return null;
        }
        if (!(await payloads.ParamsAsync(row.Job, output.CancellationToken)).TryGet(out var held, out var problem))
            return problem;
        using (held)
            await JobDetail.WriteAsync(output, reply, row.Job.Spec, held);
        return null;
    }

    private static async Task RejectAsync(HttpContext httpContext, Problem problem)
    {
        // Aborting the connection shows the client that the list is incomplete.
        if (httpContext.Response.HasStarted)
            httpContext.Abort();
        else
            await problem.ExecuteAsync(httpContext);
    }
}
