using System.Net.Sockets;
using System.Text.Json;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Intake.Batches;

/// <summary>
/// Sends a JSONL batch chunk by chunk over a socket, because HttpClient reads the reply only after it has sent
/// everything.
/// </summary>
internal sealed class RawBatch : IAsyncDisposable
{
    private readonly TcpClient _connection = new();
    private StreamReader? _reader;
    private StreamWriter? _writer;

    public static async Task<RawBatch> OpenAsync(FrontScene scene)
    {
        var batch = new RawBatch();
        await batch._connection.ConnectAsync(
            "127.0.0.1",
            scene.Http.BaseAddress!.Port,
            TestContext.Current.CancellationToken
        );
        batch._reader = new StreamReader(batch._connection.GetStream());
        batch._writer = new StreamWriter(batch._connection.GetStream()) { AutoFlush = true };
        await batch._writer.WriteAsync(
            "POST /v1/jobs:batch HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + $"{scene.Server.Key}\r\nContent-Type: application/jsonl\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        return batch;
    }

    public Task SendAsync(string text) => _writer!.WriteAsync($"{text.Length:x}\r\n{text}\r\n");

    public async Task<BatchLine> AnswerAsync()
    {
        while (
            await Eventually.EndsAsync(
                "an answer",
                _reader!.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
            )
                is { } line
        )
            if (line.StartsWith('{'))
                return JsonSerializer.Deserialize(line, HeadraceJson.Default.BatchLine)!;
        throw new InvalidOperationException("The server closed the connection.");
    }

    /// <summary>Closes the connection without sending the rest.</summary>
    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }
}
