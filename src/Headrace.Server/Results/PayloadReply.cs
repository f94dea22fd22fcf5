using System.Runtime.InteropServices;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Headrace.Server.Results;

/// <summary>
/// A reply with the body or the result of a job. The payload is read from the store when the reply is written and
/// occupies memory only until the client has received it.
/// </summary>
internal sealed class PayloadReply(JobPayloads payloads, JobRow job, PayloadKind kind, long size) : IResult
{
    public const string Octets = ContentTypes.OctetStream;

    /// <summary>The ETag. A payload never changes, so its identity is sufficient and no hash is needed.</summary>
    public required string Tag { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        if (size == 0)
        {
            await WriteAsync(httpContext, default, null);
            return;
        }
        if (
            !(await payloads.ReadAsync(job.Id, kind, size, httpContext.RequestAborted)).TryGet(
                out var held,
                out var problem
            )
        )
        {
            await problem.ExecuteAsync(httpContext);
            return;
        }
        using (held)
        {
            if (held.Row is not { } row)
                await JobIdRoute.NotFound(job.Id).ExecuteAsync(httpContext);
            else if (row.IsDamaged)
                throw new DamagedPayloadException(job.Id, kind);
            else
                await WriteAsync(
                    httpContext,
                    kind == PayloadKind.Input ? InputPayload.Body(job.Spec, row.Bytes) : row.Bytes,
                    row.ContentType
                );
        }
    }

    private async Task WriteAsync(HttpContext httpContext, ReadOnlyMemory<byte> content, string? contentType)
    {
        UntrustedContentHeaders.Apply(httpContext.Response);
        httpContext.Response.Headers["Repr-Digest"] = ContentDigest.Of(content.Span);
        var type = contentType is not null && ContentTypes.IsValid(contentType) ? contentType : Octets;
        // The content is passed as a stream, because the framework copies a stream in pieces, as fast as the client
        // reads it. An array would be copied all at once.
        var bytes = MemoryMarshal.TryGetArray(content, out var segment) ? segment : content.ToArray();
        using var stream = new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false);
        await TypedResults
            .Stream(stream, type, entityTag: new EntityTagHeaderValue($"\"{Tag}\""), enableRangeProcessing: true)
            .ExecuteAsync(httpContext);
    }
}
