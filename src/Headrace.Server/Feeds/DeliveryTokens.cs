using System.Globalization;
using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Server.Http;
using Headrace.Server.Jobs;

namespace Headrace.Server.Feeds;

/// <summary>
/// The text form of delivery tokens: the feed, the completion number and the epoch, as in <c>orders:17:3</c>.
/// </summary>
internal static class DeliveryTokens
{
    public static string Text(FeedName feed, DeliveryToken token) =>
        string.Create(CultureInfo.InvariantCulture, $"{feed}:{token.CompletionNumber}:{token.Epoch}");

    /// <summary>Parses tokens, all of which must belong to this feed.</summary>
    public static Result<List<DeliveryToken>> Read(FeedName feed, IReadOnlyList<string>? texts) =>
        TokenList.Read(
            texts,
            $"feed '{feed}'",
            $"{feed}:17:3",
            (string? text, out DeliveryToken token) => TryParse(feed, text, out token)
        );

    private static bool TryParse(FeedName feed, string? text, out DeliveryToken token)
    {
        token = default;
        if (
            text?.Split(':') is not [var name, var numberText, var epochText]
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
