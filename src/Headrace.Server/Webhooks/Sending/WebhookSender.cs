using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Headrace.Server.Webhooks.Sending;

/// <summary>
/// Sends signed messages. The sender follows no redirects, uses no proxy, and checks the address of each connection
/// after the name is resolved, so that neither a redirect nor a changed DNS record leads to an address that is not
/// permitted.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    /// <summary>
    /// Maximum number of bytes that are read from a reply. The connection is closed if the reply is longer.
    /// </summary>
    private const int MaxReplyBytes = 64 << 10;

    /// <summary>Maximum number of characters from a reply that an error message quotes.</summary>
    private const int MaxQuote = 200;

    /// <summary>
    /// How long a connection is reused. After that, the host name is resolved again, in case the receiver has moved to
    /// another address.
    /// </summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Longest delay that is read from a reply. <see cref="DeliverySchedule"/> waits for a shorter time at most.
    /// </summary>
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromDays(1);

    private readonly AddressRule _addresses;
    private readonly IHostResolver _resolver;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public WebhookSender(AddressRule addresses, IHostResolver resolver, TimeProvider time)
    {
        (_addresses, _resolver, _time) = (addresses, resolver, time);
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.None,
                // The trace context of a job belongs to the caller and must not be sent to the receiver.
                ActivityHeadersPropagator = null,
                ConnectCallback = ConnectAsync,
                ConnectTimeout = WebhookLimits.MaxTimeout,
                PooledConnectionLifetime = ConnectionLifetime,
                PooledConnectionIdleTimeout = ConnectionLifetime,
                MaxResponseHeadersLength = MaxReplyBytes >> 10,
                // This class reads the replies itself, with its own limits.
                MaxResponseDrainSize = 0,
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// Sends the message once. Throws only if the caller cancels. A failure of the receiver is returned as a result.
    /// </summary>
    public async Task<SendResult> SendAsync(
        WebhookTarget target,
        WebhookMessage message,
        CancellationToken cancellationToken
    )
    {
        var started = _time.GetTimestamp();
        using var timeout = new CancellationTokenSource(target.Timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = Request(target, message);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            var quote = await ReadAsync(response, both.Token);
            // The status determines the result, even if the rest of the reply arrives late.
            cancellationToken.ThrowIfCancellationRequested();
            return Result(response, quote) with { Duration = _time.GetElapsedTime(started) };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The receiver did not reply within {target.Timeout.TotalSeconds} s."
                )
            );
        }
        catch (HttpRequestException failed)
        {
            return Failed(Describe(failed));
        }

        SendResult Failed(string error) => new(null, error) { Duration = _time.GetElapsedTime(started) };
    }

    private HttpRequestMessage Request(WebhookTarget target, WebhookMessage message)
    {
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, target.Url)
        {
            Content = new ReadOnlyMemoryContent(message.Body)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            },
        };
        request.Headers.Add("User-Agent", "Headrace");
        request.Headers.Add("webhook-id", message.Id);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(
            "webhook-signature",
            WebhookSignature.Sign(message.Id, timestamp, message.Body, target.Secrets)
        );
        return request;
    }

    /// <summary>
    /// Reads the reply up to its limit, and returns its beginning as text. If the reply ends within the limit, the
    /// connection can be reused for the next message.
    /// </summary>
    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[4_096];
        var (read, quoted) = (0, 0);
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            while (read < MaxReplyBytes)
            {
                // The quoted beginning stays in the buffer. The rest of the reply is overwritten by each read.
                var count = await stream.ReadAsync(buffer.AsMemory(quoted), cancellationToken);
                if (count == 0)
                    break;
                read += count;
                quoted = Math.Min(MaxQuote, quoted + count);
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or OperationCanceledException)
        {
            // The connection failed after the status arrived. Only the status matters.
        }
        return Encoding.UTF8.GetString(buffer.AsSpan(0, quoted));
    }

    private SendResult Result(HttpResponseMessage response, string quote)
    {
        var status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode)
            return new SendResult(status, null);
        var error = status is >= 300 and < 400
            ? $"The receiver answered with the redirect {status}. Redirects are not followed; set the URL to the "
                + "final address."
            : $"The receiver answered with status {status}{Quote(quote)}.";
        return new SendResult(status, error) { RetryAfter = RetryAfter(response) };
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        // The typed header ignores a number of seconds that does not fit into 32 bits.
        if (!response.Headers.NonValidated.TryGetValues("Retry-After", out var values) || values.Count != 1)
            return null;
        var text = values.Single().Trim();
        TimeSpan? delay =
            text.Length > 0 && text.All(char.IsAsciiDigit) ? Seconds(text)
            : RetryConditionHeaderValue.TryParse(text, out var read) ? read.Date - _time.GetUtcNow()
            : null;
        return delay > TimeSpan.Zero ? delay : null;
    }

    private static TimeSpan Seconds(string digits) =>
        long.TryParse(digits, CultureInfo.InvariantCulture, out var seconds) && seconds < MaxRetryAfter.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : MaxRetryAfter;

    /// <summary>Quotes the beginning of a reply on one line, without control characters.</summary>
    private static string Quote(string reply)
    {
        var text = new string([.. reply.Select(c => char.IsControl(c) || c == '\uFFFD' ? ' ' : c)]).Trim();
        return text.Length == 0 ? "" : $": {text}";
    }

    private async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var usesTls = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttps;
        IReadOnlyList<IPAddress> found = IPAddress.TryParse(host, out var literal)
            ? [literal]
            : await _resolver.ResolveAsync(host, cancellationToken);
        var permitted = found.Where(address => _addresses.Permits(address, usesTls)).ToArray();
        if (permitted.Length == 0)
            throw NotPermitted(host, found, usesTls);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // Connects to the checked addresses, not to the name, because a second lookup could return other addresses.
            await socket.ConnectAsync(permitted, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static AddressNotPermittedException NotPermitted(string host, IReadOnlyList<IPAddress> found, bool usesTls)
    {
        if (found.Count == 0)
            return new AddressNotPermittedException($"The host {host} has no address.");
        var isPublic = found.Any(AddressRule.IsPublic);
        return new AddressNotPermittedException(
            isPublic && !usesTls
                ? $"The host {host} has a public address, to which webhooks are sent only over TLS. Use https."
                : $"The host {host} has the address {found[0]}, which is not public. To allow webhooks to this "
                    + "address, add it or its network to HEADRACE_WEBHOOKS__NETWORKS and restart the server."
        );
    }

    /// <summary>Describes a failure by its cause, because the outermost message is often generic.</summary>
    private static string Describe(HttpRequestException failed) =>
        failed.GetBaseException() switch
        {
            AddressNotPermittedException notPermitted => notPermitted.Message,
            AuthenticationException notTrusted => $"The TLS connection failed: {notTrusted.Message} The certificate of "
                + "the receiver must be valid for the host in the URL, and this machine must trust its authority. To "
                + "trust another authority, name its certificate in SSL_CERT_FILE and restart the server.",
            var cause => $"The request failed: {cause.Message}",
        };
}
