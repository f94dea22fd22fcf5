using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Headrace.Tests.Server.Http;

/// <summary>Sends bytes that no HTTP client would send, and reads the reply until the server closes the connection.</summary>
internal static class RawRequests
{
    public static Task<string> SendAsync(FrontScene scene, string request) =>
        SendAsync(scene, Encoding.Latin1.GetBytes(request));

    public static async Task<string> SendAsync(FrontScene scene, byte[] request)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(
            "127.0.0.1",
            scene.Http.BaseAddress!.Port,
            TestContext.Current.CancellationToken
        );
        var stream = connection.GetStream();
        await stream.WriteAsync(request, TestContext.Current.CancellationToken);
        connection.Client.Shutdown(SocketShutdown.Send);
        using var reply = new MemoryStream();
        await Eventually.EndsAsync("the reply", stream.CopyToAsync(reply, TestContext.Current.CancellationToken));
        return Encoding.Latin1.GetString(reply.ToArray());
    }
}
