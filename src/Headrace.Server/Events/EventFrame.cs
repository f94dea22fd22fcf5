using System.Text;

namespace Headrace.Server.Events;

/// <summary>The text of a server-sent event.</summary>
internal static class EventFrame
{
    public static byte[] Of(EventId id, string kind, ReadOnlySpan<byte> json) =>
        [.. Encoding.ASCII.GetBytes($"id: {id}\nevent: {kind}\ndata: "), .. json, .. "\n\n"u8];
}
