using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Headrace.Core;

namespace Headrace.Client;

/// <summary>Sends calls, retries them within the retry budget, and counts the submissions that were retried.</summary>
internal sealed class RetryingTransport(HttpTransport link, HeadraceClientOptions options)
{
    private long _retried;

    /// <summary>
    /// Gets the number of submissions that were sent again even though the server might already have accepted them.
    /// </summary>
    public long RetriedSubmissions => Interlocked.Read(ref _retried);

    public HttpTransport Http => link;

    public void CountRetried(long submissions) => Interlocked.Add(ref _retried, submissions);

    public RetryBudget NewBudget() => new(options, () => link.HasReplied);

    public Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) =>
        Task.Delay(pause, options.TimeProvider, cancellationToken);

    /// <summary>
    /// Returns true when the server may have accepted the failed submission. The retry then refers to the same job by
    /// its idempotency key.
    /// </summary>
    public static bool MayHaveArrived(HeadraceException failure) =>
        failure is ServerUnreachableException { MayHaveArrived: true } or HeadraceProblemException { Status: 503 };

    /// <summary>
    /// Sends the request until the server replies or the retry budget is exhausted, and reads the reply body.
    /// </summary>
    public async Task<T> SendAsync<T>(
        Func<HttpRequestMessage> make,
        Func<HttpResponseMessage, byte[], T> read,
        bool submits,
        CancellationToken cancellationToken
    )
    {
        var retryBudget = NewBudget();
        while (true)
        {
            TimeSpan pause;
            try
            {
                using var request = make();
                using var response = await link.SendAsync(request, cancellationToken);
                return read(response, await link.ReadToEndAsync(response, cancellationToken));
            }
            catch (HeadraceException failure) when (failure.IsTransient)
            {
                if (retryBudget.NextDelay(failure) is not { } wait)
                    throw;
                if (submits && MayHaveArrived(failure))
                    CountRetried(1);
                pause = wait;
            }
            await PauseAsync(pause, cancellationToken);
        }
    }

    /// <summary>Sends a request that submits no job, and reads the JSON of the reply.</summary>
    public Task<T> SendAsync<T>(
        Func<HttpRequestMessage> make,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    ) => SendAsync(make, (response, body) => Read(response, body, type), submits: false, cancellationToken);

    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path), type, cancellationToken);

    /// <summary>Reads a list in pages, and returns all entries.</summary>
    public async Task<IReadOnlyList<T>> GetPagesAsync<T>(
        string path,
        JsonTypeInfo<IReadOnlyList<T>> type,
        CancellationToken cancellationToken
    )
    {
        var all = new List<T>();
        for (var query = ""; query is not null;)
        {
            var address = path + query;
            (var page, query) = await SendAsync(
                () => new HttpRequestMessage(HttpMethod.Get, address),
                (response, body) => (Read(response, body, type), NextQuery(response)),
                submits: false,
                cancellationToken
            );
            all.AddRange(page);
            if (page.Count == 0)
                break;
        }
        return all;
    }

    /// <summary>
    /// Returns the query of the next page, which the header Link contains; null on the last page. The path in the
    /// header is not used, because it lacks the prefix that a proxy may add.
    /// </summary>
    private static string? NextQuery(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Link", out var links)
        && links.FirstOrDefault(value => value.EndsWith("rel=\"next\"", StringComparison.Ordinal)) is { } next
        && next.Split('<', '>') is [_, var target, ..]
        && target.IndexOf('?', StringComparison.Ordinal) is >= 0 and var start
            ? target[start..]
            : null;

    /// <summary>Parses a reply. The members that every Headrace server sends must be present.</summary>
    public T Read<T>(HttpResponseMessage response, byte[] body, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, StrictJson.For(type))
                ?? throw new JsonException("The reply is null.");
        }
        catch (JsonException unreadable)
        {
            throw link.NotHeadrace(
                $"its reply to {response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath} "
                    + $"cannot be parsed ({unreadable.Message.TrimEnd('.')})",
                unreadable
            );
        }
    }
}
