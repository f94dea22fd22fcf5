using System.Globalization;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;
using Headrace.Server.Jobs;

namespace Headrace.Server.Messages;

/// <summary>The text form of message tokens: the job id and the attempt number, as in <c>42#1</c>.</summary>
internal static class MessageTokens
{
    public static Result<List<LeaseToken>> Read(QueueName queue, IReadOnlyList<string>? texts) =>
        TokenList.Read<LeaseToken>(texts, $"a message in queue '{queue}'", "42#1", TryParse);

    private static bool TryParse(string? text, out LeaseToken token)
    {
        token = default;
        if (
            text?.Split('#') is not [var idText, var attemptText]
            || !JobId.TryParse(idText, out var id)
            || !int.TryParse(attemptText, NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
        )
            return false;
        token = new LeaseToken(id, attempt);
        return true;
    }
}
