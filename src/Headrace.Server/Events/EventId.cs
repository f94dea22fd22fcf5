using System.Globalization;

namespace Headrace.Server.Events;

/// <summary>
/// The id of an event as clients send it back in <c>Last-Event-ID</c>: the server run and the event number within that
/// run. The numbers start again when the server restarts.
/// </summary>
internal readonly record struct EventId(uint Run, long Number)
{
    public const string Format = "the id of an event that this server sent, such as 5f3a9c21-42";

    public static bool TryParse(string text, out EventId id)
    {
        id = default;
        if (text.Split('-') is not [{ Length: 8 } run, var number])
            return false;
        if (
            !uint.TryParse(run, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var parsed)
            || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        )
            return false;
        id = new EventId(parsed, count);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Run:x8}-{Number}");
}
