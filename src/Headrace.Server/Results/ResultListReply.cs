using Headrace.Core;
using Headrace.Core.Results;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Results;

/// <summary>A reply with the latest ended jobs and their results, read and written page by page.</summary>
internal sealed class ResultListReply(JobPages pages, int top, JobPayloads payloads) : IResult
{
    /// <summary>
    /// Number of jobs read at a time. Each read costs a thread switch. With only 16 jobs per read, these switches took
    /// a third of the time.
    /// </summary>
    private const int PageSize = 256;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var output = new JsonStream(httpContext.Response, httpContext.RequestAborted);
        var jobs = new EndedJobsWriter(output, payloads);
        output.Write("["u8);
        await foreach (var page in pages.ReadAsync(Cursor.Start, top, PageSize, httpContext.RequestAborted))
            if (await jobs.WriteAsync(page.OfType<DoneRow>()) is { } problem)
            {
                await problem.EndAsync(httpContext);
                return;
            }
        output.Write("]"u8);
        await output.CompleteAsync();
    }
}
