using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Headrace.Bench.Bridges;

/// <summary>Waits for the next message in a list over a separate connection, as a consumer does.</summary>
internal sealed class BlockingPop : IDisposable
{
    private readonly TcpClient _client;
    private readonly StreamReader _reader;

    public BlockingPop(int port)
    {
        _client = new TcpClient("127.0.0.1", port) { NoDelay = true };
        _reader = new StreamReader(_client.GetStream(), Encoding.UTF8);
    }

    /// <summary>Returns the next message, which contains no line break.</summary>
    public async Task<string> NextAsync(string list, CancellationToken cancellationToken)
    {
        var command = string.Create(CultureInfo.InvariantCulture, $"BLPOP {list} 30\r\n");
        await _client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(command), cancellationToken);
        // The reply is an array of two strings, each preceded by a line with its length: *2, $3, out, $17, message.
        string? line = null;
        for (var i = 0; i < 5; i++)
            line = await _reader.ReadLineAsync(cancellationToken);
        return line ?? throw new IOException($"Redis has closed the connection that waits for a message of '{list}'.");
    }

    public void Dispose()
    {
        _reader.Dispose();
        _client.Dispose();
    }
}
