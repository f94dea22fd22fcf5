using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Headrace.Tests.Server.Http;

/// <summary>
/// Sends bytes that an HTTP client would never send, and reads the reply until the server closes the connection.
/// </summary>
internal static class RawRequests
{
    public static Task<string> SendAsync(FrontScene scene, string request, bool endsInput = false) =>
        SendAsync(scene, Encoding.Latin1.GetBytes(request), endsInput);

    /// <summary>
    /// If <paramref name="endsInput"/> is true, the client closes its side of the connection after the request, and the
    /// server may close the connection without a reply. Otherwise, the server waits for the rest of an incomplete
    /// request.
    /// </summary>
    public static async Task<string> SendAsync(FrontScene scene, byte[] request, bool endsInput = false)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync("127.0.0.1", scene.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        var stream = connection.GetStream();
        await stream.WriteAsync(request, TestContext.Current.CancellationToken);
        if (endsInput)
            connection.Client.Shutdown(SocketShutdown.Send);
        using var reply = new MemoryStream();
        try
        {
            await Eventually.EndsAsync("the reply", stream.CopyToAsync(reply, TestContext.Current.CancellationToken));
        }
        catch (IOException)
        {
            // The server has reset the connection, because it did not read the rest of the request.
        }
        return Encoding.Latin1.GetString(reply.ToArray());
    }
}
