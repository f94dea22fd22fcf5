using System.Globalization;
using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Server.Http;

namespace Headrace.Server.Feeds;

/// <summary>The text of delivery tokens: the feed, the completion number and the epoch, as in <c>orders:17:3</c>.</summary>
internal static class DeliveryTokens
{
    public static string Text(FeedName feed, DeliveryToken token) =>
        string.Create(CultureInfo.InvariantCulture, $"{feed}:{token.CompletionNumber}:{token.Epoch}");

    /// <summary>Reads tokens of this feed.</summary>
    public static Result<List<DeliveryToken>> Read(FeedName feed, IReadOnlyList<string>? texts)
    {
        if (texts is null or { Count: 0 })
            return Problem.BadRequest(
                "The member 'deliveries' is missing or empty. Set it to the tokens of the deliveries, such as "
                    + $"[\"{feed}:17:3\"]."
            );
        if (texts.Count > Limits.JobsPerCommand)
            return Problem.BadRequest(
                $"The request names {texts.Count} deliveries, more than the limit of {Limits.JobsPerCommand}. Send "
                    + "several requests."
            );
        var tokens = new List<DeliveryToken>(texts.Count);
        foreach (var text in texts)
            if (TryParse(feed, text, out var token))
                tokens.Add(token);
            else
                return Problem.BadRequest(
                    $"'{QuotedText.Clip(text ?? "null")}' is not a token of feed '{feed}'. Use the tokens that a pull of "
                        + "this feed returned."
                );
        return tokens;
    }

    private static bool TryParse(FeedName feed, string? text, out DeliveryToken token)
    {
        token = default;
        var parts = text?.Split(':');
        if (
            parts is not [var name, var numberText, var epochText]
            || name != feed.Text
            || !TryParse(numberText, out var number)
            || !TryParse(epochText, out var epoch)
        )
            return false;
        token = new DeliveryToken(number, epoch);
        return true;
    }

    private static bool TryParse(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
