using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Headrace.Core.Jobs;
using Headrace.Core.Sweeps;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Sweeps;

/// <summary>Reads the requests that start sweeps.</summary>
internal static class SweepRequestReader
{
    private const int MaxBytes = 16 << 10;

    /// <summary>Reads and checks the body, and the header that contains the idempotency key.</summary>
    public static async Task<Result<SweepRequest>> ReadAsync(HttpContext context)
    {
        var header = context.Request.Headers[JobKey.Header];
        if (header.Count > 1)
            return Problem.BadRequest($"The header {JobKey.Header} is set {header.Count} times. Set it once.");
        return (await ReadBodyAsync(context)).TryGet(out var request, out var problem)
            ? WithKey(request, header.Count == 0 ? null : header[0])
            : problem;
    }

    /// <summary>
    /// Returns the key of a request with a hash of its content as sent. A filter such as <c>age:>1h</c> has the same
    /// hash in a repeated request, even though it then selects a different period (R17).
    /// </summary>
    public static IdempotencyKey? KeyOf(SweepAction action, SweepRequest request)
    {
        if (request.IdempotencyKey is not { } key)
            return null;
        var content = JsonSerializer.SerializeToUtf8Bytes(
            request with
            {
                IdempotencyKey = null,
            },
            HeadraceJson.Default.SweepRequest
        );
        return new IdempotencyKey(
            key,
            BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData([(byte)action, .. content]))
        );
    }

    private static Result<SweepRequest> WithKey(SweepRequest request, string? header)
    {
        if (header is not null && request.IdempotencyKey is { } named && named != header)
            return JobKey.Conflict(header, named);
        var key = header ?? request.IdempotencyKey;
        return key is not null && JobKey.Validate(key) is { } fault
            ? Problem.BadRequest(fault)
            : request with
            {
                IdempotencyKey = key,
            };
    }

    private static async Task<Result<SweepRequest>> ReadBodyAsync(HttpContext context)
    {
        var read = await JsonBody.ReadAsync<SweepRequest>(context, maxBytes: MaxBytes);
        if (!read.TryGet(out var request, out var problem))
            return problem;
        return request switch
        {
            { Unknown: { Count: > 0 } unknown } => Problem.BadRequest(
                $"There is no member '{QuotedText.Clip(unknown.Keys.First())}'. Valid members: filter, dryRun, "
                    + "priority, queue, idempotencyKey."
            ),
            // The filter may have been omitted by mistake, so a caller must explicitly select all jobs.
            { Filter: null } => Problem.BadRequest(
                "The member 'filter' is missing. Set it to a filter, or to an empty string for every job."
            ),
            _ => request,
        };
    }
}
