using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Headrace.Core;

namespace Headrace.Client;

/// <summary>Makes a call until it is answered or patience ends, and counts what was sent more than once.</summary>
internal sealed class Calls(ServerLink link, ClientOptions options)
{
    private long _resent;

    /// <summary>Submissions sent again although the server may have taken them the first time.</summary>
    public long Resent => Interlocked.Read(ref _resent);

    public ServerLink Link => link;

    public void CountResent(long submissions) => Interlocked.Add(ref _resent, submissions);

    public Patience NewPatience() => new(options, () => link.HasAnswered);

    public Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) =>
        Task.Delay(pause, options.Time, cancellationToken);

    /// <summary>
    /// True when the first try may have been taken: the second one then names the same job by its key.
    /// </summary>
    public static bool MayHaveArrived(HeadraceException failure) =>
        failure is ServerUnreachableException { MayHaveArrived: true } or HeadraceProblemException { Status: 503 };

    /// <summary>
    /// Sends the request until it is answered or the retry budget ends, and reads the answer's body.
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
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException unreadable)
        {
            throw new HeadraceException(
                $"The answer to {response.RequestMessage?.Method} {response.RequestMessage?.RequestUri} "
                    + $"cannot be read ({unreadable.Message}). Is it a Headrace server of this version?",
                unreadable
            );
        }
    }
}
