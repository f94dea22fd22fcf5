using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Headrace.Core;

namespace Headrace.Client;

/// <summary>Sends calls, retries them within the retry budget, and counts the submissions that were retried.</summary>
internal sealed class Calls(ServerLink link, ClientOptions options)
{
    private long _resent;

    /// <summary>
    /// Gets the number of submissions that were sent again although the server may have accepted them before.
    /// </summary>
    public long Resent => Interlocked.Read(ref _resent);

    public ServerLink Link => link;

    public void CountResent(long submissions) => Interlocked.Add(ref _resent, submissions);

    public Patience NewPatience() => new(options, () => link.HasAnswered);

    public Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) =>
        Task.Delay(pause, options.Time, cancellationToken);

    /// <summary>
    /// Returns true when the server may have accepted the failed submission. The retry then refers to the same job by
    /// its idempotency key.
    /// </summary>
    public static bool MayHaveArrived(HeadraceException failure) =>
        failure is ServerUnreachableException { MayHaveArrived: true } or HeadraceProblemException { Status: 503 };

    /// <summary>
    /// Sends the request until it is answered or the retry budget is exhausted, and reads the reply body.
    /// </summary>
    public async Task<T> AskAsync<T>(
        Func<HttpRequestMessage> make,
        Func<HttpResponseMessage, byte[], T> read,
        bool submits,
        CancellationToken cancellationToken
    )
    {
        var patience = NewPatience();
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
                if (patience.After(failure) is not { } wait)
                    throw;
                if (submits && MayHaveArrived(failure))
                    CountResent(1);
                pause = wait;
            }
            await PauseAsync(pause, cancellationToken);
        }
    }

    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        AskAsync(
            () => new HttpRequestMessage(HttpMethod.Get, path),
            (response, body) => Read(response, body, type),
            submits: false,
            cancellationToken
        );

    public static T Read<T>(HttpResponseMessage response, byte[] body, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("The reply is null.");
        }
        catch (JsonException unreadable)
        {
            throw new HeadraceException(
                $"The reply to {response.RequestMessage?.Method} {response.RequestMessage?.RequestUri} cannot "
                    + $"be parsed ({unreadable.Message}). Check that the address belongs to a Headrace server of "
                    + "this version.",
                unreadable
            );
        }
    }
}
