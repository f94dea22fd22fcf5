using System.Text;
using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Http;

namespace Headrace.Server.Jobs;

/// <summary>
/// The rule for results in replies: a reply contains a result of text or JSON of at most 64 KB, and gives the address
/// of any other result.
/// </summary>
internal static class InlineResult
{
    public const int MaxBytes = 64 << 10;

    /// <summary>Whether the payload has to be read.</summary>
    public static bool IsInlineable(DoneRow row) =>
        row.Job.Status.State == JobState.Succeeded
        && row.ResultBytes is > 0 and <= MaxBytes
        && (IsText(row.ResultType) || IsJson(row.ResultType));

    /// <summary>The reply with the result, if the rule allows it and the bytes match their content type.</summary>
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
            // The bytes do not match their content type; they stay readable at the result's address.
            return null;
        }
    }

    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    private static JsonElement Json(ReadOnlyMemory<byte> bytes)
    {
        // Serialized once here, so that data that cannot be written as JSON (a lone surrogate) is detected before the
        // reply has started.
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
