using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Headrace.Server.Http;

/// <summary>
/// Reads a complete request body with a size limit. A request whose Content-Length exceeds the limit is rejected before
/// its body is read. A chunked body is rejected as soon as it exceeds the limit.
/// </summary>
internal static class RequestBody
{
    /// <summary>
    /// Maximum size of a rejected body that is read and discarded. This is enough for the most common mistake: sending
    /// a file of a few megabytes.
    /// </summary>
    private const long MaxDrainedBytes = 64 << 20;

    /// <summary>Checks the request headers that describe the body, before the body is read.</summary>
    public static Problem? Refuse(HttpRequest request, int limit, string what)
    {
        if (request.ContentLength is not { } length || length <= limit)
            return Encoded(request);
        AllowDrain(request, length);
        return TooLarge($"{length} bytes", limit, what);
    }

    /// <summary>
    /// Rejects a compressed body, because it would silently be stored and hashed in compressed form. Both
    /// Content-Encoding and Transfer-Encoding can declare compression.
    /// </summary>
    public static Problem? Encoded(HttpRequest request)
    {
        if (
            request.Headers.TransferEncoding.ToString() is { Length: > 0 } transfer
            && !transfer.Equals("chunked", StringComparison.OrdinalIgnoreCase)
        )
            return new Problem(
                ProblemKinds.UnsupportedType,
                $"The Transfer-Encoding '{QuotedText.Clip(transfer)}' is not supported. Send the body uncompressed, "
                    + "with a Content-Length or 'Transfer-Encoding: chunked'."
            );
        if (
            request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding
            && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)
        )
            return new Problem(
                ProblemKinds.UnsupportedType,
                $"The Content-Encoding '{QuotedText.Clip(encoding)}' is not supported. Send the body uncompressed."
            );
        return null;
    }

    /// <summary>Reads the body. The reservation grows as the body arrives, and the caller releases it.</summary>
    public static async Task<Result<byte[]>> ReadAsync(
        HttpRequest request,
        int limit,
        string what,
        BodyBudget.Reservation reservation,
        CancellationToken cancellationToken
    )
    {
        if (Refuse(request, limit, what) is { } refused)
            return refused;
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > limit)
            {
                reader.AdvanceTo(read.Buffer.End);
                return TooLarge($"more than {limit} bytes", limit, what);
            }
            if (reservation.GrowTo(read.Buffer.Length) is { } exhausted)
            {
                reader.AdvanceTo(read.Buffer.End);
                return exhausted;
            }
            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                if (ContentDigest.Check(request, bytes) is { } changed)
                    return changed;
                return bytes;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>
    /// Lets Kestrel read and discard the rest of a rejected body after the reply for up to 5 s, unless the body is too
    /// large. Many clients send the complete body before they read the reply, and report a broken pipe if the server
    /// closes the connection earlier.
    /// </summary>
    private static void AllowDrain(HttpRequest request, long length)
    {
        if (
            length <= MaxDrainedBytes
            && request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size
        )
            size.MaxRequestBodySize = length;
    }

    private static Problem TooLarge(string size, int limit, string what) =>
        new(ProblemKinds.TooLarge, $"{what} is {size}; the limit is {limit} bytes.");
}
