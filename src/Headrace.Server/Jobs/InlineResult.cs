using System.Text;
using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Http;

namespace Headrace.Server.Jobs;

/// <summary>
/// Decides how replies contain results. A reply contains the result itself if it is text or JSON of at most 64 KB.
/// Otherwise, the reply contains the address of the result.
/// </summary>
internal static class InlineResult
{
    public const int MaxBytes = 64 << 10;

    /// <summary>
    /// Returns whether the result is included in the reply and must therefore be read from the store.
    /// </summary>
    public static bool IsInlineable(DoneRow row) =>
        row.Job.Status.State == JobState.Succeeded
        && row.ResultBytes is > 0 and <= MaxBytes
        && (IsText(row.ResultType) || IsJson(row.ResultType));

    /// <summary>Adds the result to the reply unless its bytes do not match their content type.</summary>
    public static JobReply Put(JobReply reply, PayloadRow? result) =>
        result is { IsDamaged: false } && Element(result) is { } element
            ? reply with
            {
                Result = element,
                ResultUrl = null,
            }
            : reply;

    private static JsonElement? Element(PayloadRow result)
    {
        try
        {
            if (IsJson(result.ContentType))
                return Json(result.Bytes);
            if (!IsText(result.ContentType))
                return null;
            return JsonSerializer.SerializeToElement(Strict.GetString(result.Bytes.Span), HeadraceJson.Default.String);
        }
        catch (Exception unlike) when (unlike is JsonException or DecoderFallbackException or InvalidOperationException)
        {
            // The bytes do not match their content type. They can still be read at the address of the result.
            return null;
        }
    }

    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    private static JsonElement Json(ReadOnlyMemory<byte> bytes)
    {
        // The element is serialized here once, so that data that cannot be written as JSON (a lone surrogate) is
        // detected before the reply starts.
        var element = JsonElement.Parse(bytes.Span, new JsonDocumentOptions { MaxDepth = JsonText.MaxDepth });
        JsonSerializer.SerializeToUtf8Bytes(element, HeadraceJson.Default.JsonElement);
        return element;
    }

    private static bool IsJson(string? type) =>
        Media(type) is { } media && (media == "application/json" || media.EndsWith("+json", StringComparison.Ordinal));

    private static bool IsText(string? type) =>
        Media(type)?.StartsWith("text/", StringComparison.Ordinal) == true && Charset(type!) is null or "utf-8";

    private static string? Media(string? type) => type?.Split(';')[0].Trim().ToLowerInvariant();

    private static string? Charset(string type) =>
        Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(type, out var parsed) && parsed.Charset.HasValue
            ? parsed.Charset.Value.Trim('"').ToLowerInvariant()
            : null;
}
