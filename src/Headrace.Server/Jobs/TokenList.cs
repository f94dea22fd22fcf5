using Headrace.Core;
using Headrace.Server.Http;

namespace Headrace.Server.Jobs;

/// <summary>Parses the tokens of the deliveries that a request acknowledges or releases.</summary>
internal static class TokenList
{
    /// <summary>
    /// Maximum size of such a request in bytes. 1,000 tokens with names and numbers of maximum length occupy less than
    /// 110 KB.
    /// </summary>
    public const int MaxBytes = 128 << 10;

    public delegate bool TokenParser<T>(string? text, out T token);

    /// <param name="texts">The member <c>deliveries</c>.</param>
    /// <param name="source">The source of the deliveries, for use in error messages, such as <c>feed
    /// 'orders'</c>.</param>
    /// <param name="example">A valid token.</param>
    /// <param name="tryParse">Parses one token.</param>
    public static Result<List<T>> Read<T>(
        IReadOnlyList<string>? texts,
        string source,
        string example,
        TokenParser<T> tryParse
    )
    {
        if (texts is null or { Count: 0 })
            return Problem.BadRequest(
                "The member 'deliveries' is missing or empty. Set it to the tokens of the deliveries, such as "
                    + $"[\"{example}\"]."
            );
        if (texts.Count > Limits.JobsPerCommand)
            return Problem.BadRequest(
                $"The request contains {texts.Count} deliveries; the limit is {Limits.JobsPerCommand}. Send several "
                    + "requests."
            );
        var tokens = new List<T>(texts.Count);
        foreach (var text in texts)
            if (tryParse(text, out var token))
                tokens.Add(token);
            else
                return Problem.BadRequest(
                    $"'{QuotedText.Clip(text ?? "null")}' is not a token of {source}. Use the tokens that a pull "
                        + "returned."
                );
        return tokens;
    }
}
