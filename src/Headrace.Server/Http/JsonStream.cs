using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// Writes a JSON reply in pieces and waits for the client after each piece. A long reply therefore occupies only the
/// memory of one piece, even if the client stops reading. A reply that fits into one piece has a Content-Length header.
/// </summary>
internal sealed class JsonStream(HttpResponse response, CancellationToken cancellationToken)
{
    private readonly JsonPiece _piece = JsonPiece.Rent();

    public CancellationToken CancellationToken => cancellationToken;

    public int Status { get; init; } = StatusCodes.Status200OK;

    public void Write(ReadOnlySpan<byte> text) => _piece.Write(text);

    public void Write<T>(T value, JsonTypeInfo<T> type) => _piece.Write(value, type);

    /// <summary>Writes an object without its closing brace, so that further members can follow.</summary>
    public void WriteOpen<T>(T value, JsonTypeInfo<T> type) => _piece.Write(JsonText.Of(value, type).Span[..^1]);

    /// <summary>Sends the buffered text if it fills a piece. Call this method after each element of a list.</summary>
    public Task PaceAsync() => _piece.Written.Length < PacedWriting.PieceBytes ? Task.CompletedTask : SendAsync();

    /// <summary>Writes JSON text that is already in memory. Long text is not copied.</summary>
    public async Task WriteLargeAsync(ReadOnlyMemory<byte> json)
    {
        if (_piece.Written.Length + json.Length < PacedWriting.PieceBytes)
        {
            _piece.Write(json.Span);
            return;
        }
        await SendAsync();
        await response.WritePacedAsync(json, cancellationToken);
    }

    /// <summary>Sends the rest of the reply. Nothing can be written afterwards.</summary>
    public async Task CompleteAsync()
    {
        if (!response.HasStarted)
        {
            Begin();
            response.ContentLength = _piece.Written.Length;
        }
        await SendAsync();
        _piece.Return();
    }

    private async Task SendAsync()
    {
        if (!response.HasStarted)
            Begin();
        await response.WritePacedAsync(_piece.Written, cancellationToken);
        _piece.Clear();
    }

    private void Begin()
    {
        response.StatusCode = Status;
        response.ContentType = "application/json";
        response.Headers.XContentTypeOptions = "nosniff";
    }
}
