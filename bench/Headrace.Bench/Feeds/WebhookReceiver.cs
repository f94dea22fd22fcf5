using System.Globalization;
using Headrace.Server.Webhooks.Sending;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Headrace.Bench.Feeds;

/// <summary>
/// A receiver of webhooks in this process. It verifies the signature of each message, and accepts the message.
/// </summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HashSet<string> _ids = [];
    private readonly TaskCompletionSource<long> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _last = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _skipped;
    private readonly int _expected;

    private WebhookReceiver(int skipped, int expected)
    {
        (_skipped, _expected) = (skipped, expected);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/", ReceiveAsync);
    }

    /// <summary>The secret of the webhook. Set it before the first message arrives.</summary>
    public string Secret { private get; set; } = "";

    public string Url => $"{_app.Urls.Single()}/";

    /// <summary>The number of messages that arrived a second time.</summary>
    public int Repeated { get; private set; }

    /// <summary>The time at which the last message to skip arrived.</summary>
    public Task<long> First => _first.Task;

    /// <summary>The time at which the last expected message arrived.</summary>
    public Task<long> Last => _last.Task;

    /// <param name="skipped">The number of messages that arrive before the measurement begins.</param>
    /// <param name="expected">The number of messages that are measured.</param>
    public static async Task<WebhookReceiver> StartAsync(int skipped, int expected)
    {
        var receiver = new WebhookReceiver(skipped, expected);
        await receiver._app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var id = context.Request.Headers["webhook-id"].ToString();
        var signature = WebhookSignature.Sign(
            id,
            long.Parse(context.Request.Headers["webhook-timestamp"].ToString(), CultureInfo.InvariantCulture),
            body.ToArray(),
            [Secret]
        );
        if (context.Request.Headers["webhook-signature"] != signature)
        {
            var forged = new InvalidDataException($"The signature of {id} is not valid.");
            _first.TrySetException(forged);
            _last.TrySetException(forged);
        }
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        lock (_ids)
        {
            if (!_ids.Add(id))
                Repeated++;
            if (_ids.Count == _skipped)
                _first.TrySetResult(BenchClock.Monotonic);
            if (_ids.Count == _skipped + _expected)
                _last.TrySetResult(BenchClock.Monotonic);
        }
    }
}
