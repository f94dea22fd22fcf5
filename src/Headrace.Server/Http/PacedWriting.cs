using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// Writes large content in pieces. The web server copies everything that one call writes into its own buffers, so a
/// single call would double the memory until the client has received the content.
/// </summary>
internal static class PacedWriting
{
    /// <summary>The size of the web server's output buffer. A larger write must wait for the client.</summary>
    public const int PieceBytes = 64 << 10;

    public static async Task WritePacedAsync(
        this HttpResponse response,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken
    )
    {
        for (var at = 0; at < content.Length; at += PieceBytes)
            await response.Body.WriteAsync(
                content.Slice(at, Math.Min(PieceBytes, content.Length - at)),
                cancellationToken
            );
    }
}
