using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Xunit;

namespace Headrace.Tests.Server.Events;

/// <summary>A client that watches a server's events. Each wait has a deadline.</summary>
internal sealed class EventListener : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly SseParser<string> _parser;
    private readonly IAsyncEnumerator<SseItem<string>> _items;

    private EventListener(HttpResponseMessage response, Stream stream)
    {
        (_response, _parser) = (response, SseParser.Create(stream));
        _items = _parser.EnumerateAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
    }

    /// <summary>Gets the id of the last event.</summary>
    public string LastId => _parser.LastEventId;

    public static async Task<EventListener> OpenAsync(HttpClient client, string query = "", string? lastId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/events{query}");
        if (lastId is not null)
            request.Headers.Add("Last-Event-ID", lastId);
        var response = await client.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.ToString());
        return new EventListener(
            response,
            await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)
        );
    }

    /// <summary>Reads the next event, with its kind and data.</summary>
    public async Task<(string Kind, JsonElement Data)> NextAsync()
    {
        if (!await Eventually.EndsAsync("the next event", _items.MoveNextAsync().AsTask()))
            throw new EndOfStreamException("The server ended the stream.");
        return (_items.Current.EventType, JsonElement.Parse(_items.Current.Data));
    }

    /// <summary>Reads events until one about this job has this kind and state.</summary>
    public Task<JsonElement> ReadUntilAsync(string kind, string job, string? state = null) =>
        ReadUntilAsync(
            kind,
            data =>
                data.GetProperty("id").GetString() == job
                && (state is null || data.GetProperty("state").GetString() == state)
        );

    /// <summary>Reads events until one of this kind is about the worker, queue or pool with this name.</summary>
    public Task<JsonElement> ReadNamedAsync(string kind, string name) =>
        ReadUntilAsync(kind, data => data.GetProperty("name").GetString() == name);

    /// <summary>Returns the kinds and states of the next events about jobs.</summary>
    public async Task<List<string>> NextStatesAsync(int count)
    {
        var states = new List<string>();
        while (states.Count < count)
        {
            var (kind, data) = await NextAsync();
            if (kind is "job" or "progress" or "log")
                states.Add(kind == "job" ? data.GetProperty("state").GetString()! : kind);
        }
        return states;
    }

    /// <summary>
    /// Reads events until one matches. The deadline is for all of them, because heartbeats never end.
    /// </summary>
    private Task<JsonElement> ReadUntilAsync(string kind, Func<JsonElement, bool> isWanted)
    {
        return Eventually.EndsAsync($"an event '{kind}'", ReadAsync());

        async Task<JsonElement> ReadAsync()
        {
            while (true)
                if (await NextAsync() is var (next, data) && next == kind && isWanted(data))
                    return data;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync();
        _response.Dispose();
    }
}
