using System.Text.Json;
using System.Text.Unicode;
using Headrace.Protocol.Json;
using Headrace.Server.Http;

namespace Headrace.Server.Jobs;

/// <summary>
/// Reads JSON from clients. The framework's parsers accept bytes that are not UTF-8, and escapes of lone surrogates,
/// until something needs them as text; a client must receive the same explanation wherever that happens.
/// </summary>
internal static class StrictJson
{
    /// <summary>Parses UTF-8 text. It may throw the exceptions of the framework's parsers.</summary>
    public delegate Result<T> Parser<T>(ReadOnlySpan<byte> utf8);

    /// <summary>Returns the parsed value, or a problem that states where and why the text is not valid.</summary>
    public static Result<T> Read<T>(ReadOnlySpan<byte> utf8, Parser<T> parse)
    {
        if (!Utf8.IsValid(utf8))
            return Problem.BadRequest(
                "The JSON is not valid UTF-8. Encode its text as UTF-8. For a job with a binary body, use bodyBase64, "
                    + "or send the raw body to POST /v1/jobs?method=NAME."
            );
        try
        {
            return parse(utf8);
        }
        catch (JsonException fault)
        {
            return Problem.BadRequest(JsonErrorDescription.Describe(fault));
        }
        catch (InvalidOperationException fault) when (JsonErrorDescription.IsLoneSurrogate(fault))
        {
            // The check for duplicate members needs their names as text.
            return Problem.BadRequest($"The JSON is not valid: {JsonErrorDescription.LoneSurrogate}");
        }
    }
}
