using System.Net.ServerSentEvents;

namespace Headrace.Client;

/// <summary>One connection on which a server sends events.</summary>
internal sealed class EventConnection(HttpTransport http, string path, string? lastId) : IAsyncDisposable
{
    private HttpResponseMessage? _response;
    private SseParser<string>? _parser;
    private IAsyncEnumerator<SseItem<string>>? _items;

    /// <summary>An event as received from the server.</summary>
    public readonly record struct Item(string Id, string Kind, string Json);

    /// <summary>
    /// Returns the next event; null if the server ended the stream. Connects on the first call. The server sends
    /// a heartbeat every 10 s, so a connection that receives no data is broken.
    /// </summary>
    public Task<Item?> NextAsync(CancellationToken cancellationToken) => http.GuardAsync(ReadAsync, cancellationToken);

    private async Task<Item?> ReadAsync(CancellationToken stop)
    {
        _items ??= await ConnectAsync(stop);
        // The enumerator observes only the token of the call that created it, so this call must observe its own token
        // as well.
        return await _items.MoveNextAsync().AsTask().WaitAsync(stop)
            ? new Item(_parser!.LastEventId, _items.Current.EventType, _items.Current.Data)
            : null;
    }

    private async Task<IAsyncEnumerator<SseItem<string>>> ConnectAsync(CancellationToken stop)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastId is not null)
            request.Headers.Add("Last-Event-ID", lastId);
        _response = await http.SendAsync(request, stop);
        _parser = SseParser.Create(await _response.Content.ReadAsStreamAsync(stop));
        return _parser.EnumerateAsync(CancellationToken.None).GetAsyncEnumerator(CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        // Ends a pending read. The enumerator owns nothing else.
        _response?.Dispose();
        return ValueTask.CompletedTask;
    }
}
