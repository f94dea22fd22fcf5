using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Jobs;

/// <summary>A reply that describes one job. Params that are not in memory are read when the reply is written.</summary>
internal sealed class JobDetail(JobReply job, JobRow row, JobPayloads payloads, int status = StatusCodes.Status200OK)
    : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        if (row.Spec.PayloadParamsBytes == 0)
        {
            await new JsonReply<JobReply>(job, HeadraceJson.Default.JobReply, status).ExecuteAsync(httpContext);
            return;
        }
        if (!(await payloads.ParamsAsync(row, httpContext.RequestAborted)).TryGet(out var held, out var problem))
        {
            await problem.ExecuteAsync(httpContext);
            return;
        }
        using (held)
        {
            var output = new JsonStream(httpContext.Response, httpContext.RequestAborted) { Status = status };
            await WriteAsync(output, job, row.Spec, held);
            await output.CompleteAsync();
        }
    }

    /// <summary>
    /// Writes a job and its stored params. The params were checked when the job was submitted, so they are written
    /// unchanged and are not parsed again. Damaged params are omitted, so that the rest of the job can still be read.
    /// </summary>
    public static async Task WriteAsync(JsonStream output, JobReply job, JobSpec spec, HeldPayload held)
    {
        var stored = InputPayload.Params(spec, held.Bytes);
        if (stored.IsEmpty)
        {
            output.Write(job, HeadraceJson.Default.JobReply);
            return;
        }
        output.WriteOpen(job, HeadraceJson.Default.JobReply);
        output.Write(",\"params\":"u8);
        await output.WriteLargeAsync(stored);
        output.Write("}"u8);
    }
}
