using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Feeds;
using Headrace.Server.Jobs;
using Headrace.Server.Webhooks.Sending;

namespace Headrace.Server.Webhooks;

/// <summary>
/// Sends ended jobs as messages. Limits the total number of messages that all webhooks send at the same time; further
/// messages wait.
/// </summary>
internal sealed class WebhookDeliverer(
    IJobStore jobStore,
    JobPayloads payloads,
    WebhookSender sender,
    WebhookMeters meters,
    TimeProvider time
) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(WebhookLimits.TotalInFlight);

    public void Dispose() => _slots.Dispose();

    /// <summary>
    /// Sends all deliveries concurrently, each once. The result is null for a delivery that <paramref name="abandon"/>
    /// interrupted.
    /// </summary>
    public async Task<IReadOnlyList<(WebhookDelivery Delivery, SendResult? Result)>> SendAsync(
        string name,
        WebhookDocument webhook,
        IReadOnlyList<WebhookDelivery> deliveries,
        CancellationToken abandon
    )
    {
        var rows = await DeliveredJobs.ReadAsync(
            jobStore,
            [.. deliveries.Select(delivery => delivery.Completion)],
            abandon
        );
        var byNumber = rows.ToDictionary(row => row.CompletionNumber);
        var results = await payloads.SmallAsync(rows.Where(InlineResult.IsInlineable), abandon);
        return await Task.WhenAll(deliveries.Select(async delivery => (delivery, await SendAsync(delivery))));

        async Task<SendResult?> SendAsync(WebhookDelivery delivery) =>
            byNumber.TryGetValue(delivery.Number, out var row)
                ? await TrySendAsync(name, webhook, MessageOf(row, results.GetValueOrDefault(row.Job.Id)), abandon)
                : SendResult.NotNeeded;
    }

    /// <summary>Sends a test message, which does not belong to a job.</summary>
    public async Task<SendResult> TestAsync(string name, WebhookDocument webhook, CancellationToken cancellationToken)
    {
        var message = new WebhookMessage(
            $"msg_{jobStore.Store.Id}_test_{RandomNumberGenerator.GetHexString(16, lowercase: true)}",
            JsonSerializer.SerializeToUtf8Bytes(
                new WebhookTestBody("webhook.test", time.GetUtcNow(), new WebhookTestData(name)),
                HeadraceJson.Default.WebhookTestBody
            )
        );
        await _slots.WaitAsync(cancellationToken);
        try
        {
            return await sender.SendAsync(TargetOf(webhook), message, cancellationToken);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task<SendResult?> TrySendAsync(
        string name,
        WebhookDocument webhook,
        WebhookMessage message,
        CancellationToken abandon
    )
    {
        try
        {
            await _slots.WaitAsync(abandon);
            try
            {
                var result = await sender.SendAsync(TargetOf(webhook), message, abandon);
                meters.Sent(name, result.IsAccepted);
                return result;
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException) when (abandon.IsCancellationRequested)
        {
            return null;
        }
    }

    private WebhookTarget TargetOf(WebhookDocument webhook) =>
        new(new Uri(webhook.Url), webhook.Timeout, webhook.SecretsAt(time.GetUtcNow()));

    /// <summary>
    /// Creates the message about an ended job. The message id consists of the store and the completion, which changes
    /// when the job is retried. The id is the same in each attempt and after a restart, and it contains no full stop.
    /// </summary>
    private WebhookMessage MessageOf(DoneRow row, PayloadRow? result) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"msg_{jobStore.Store.Id}_{row.Job.Id}_{row.CompletionNumber}"),
            JsonSerializer.SerializeToUtf8Bytes(
                new WebhookBody(
                    $"job.{row.Job.Status.State.ToWireName()}",
                    row.Ended.ToDateTimeOffset(),
                    InlineResult.Put(JobView.Of(row), result)
                ),
                HeadraceJson.Default.WebhookBody
            )
        );
}
