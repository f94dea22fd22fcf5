using Headrace.Core.Feeds;
using Headrace.Core.Registry;
using Headrace.Server.Access;
using Headrace.Server.Accounts;
using Headrace.Server.Http;
using Headrace.Server.Registry;
using Headrace.Server.Webhooks.Sending;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Webhooks;

/// <summary>
/// Creates, changes and removes webhooks for callers. Each change is written together with its audit log entry.
/// </summary>
internal sealed class WebhookStore(IRegistry registry, WebhookRecords records, AuditLog audit)
{
    public IReadOnlyList<CurrentWebhook> List() =>
        [.. registry.List(WebhookDocument.Kind).Select(WebhookRuns.TryRead).OfType<CurrentWebhook>()];

    public CurrentWebhook? Find(string name) =>
        registry.Get(WebhookDocument.Kind, name) is { } document ? WebhookRuns.TryRead(document) : null;

    /// <summary>Returns the problem if the maximum number of webhooks has been reached; otherwise null.</summary>
    public Problem? CheckRoom() =>
        registry.List(WebhookDocument.Kind).Count >= WebhookLimits.Webhooks
            ? new Problem(
                ProblemKinds.LimitReached,
                $"The webhook cannot be created because the limit of {WebhookLimits.Webhooks} webhooks has been "
                    + "reached. Remove one, or let one receiver serve several queues."
            )
            : null;

    /// <summary>Creates a webhook with a new secret. Returns the problem if nothing was written.</summary>
    public Task<Problem?> CreateAsync(HttpContext context, string name, WebhookDocument requested)
    {
        var created = requested with
        {
            Secret = WebhookSignature.CreateSecret(),
            Created = audit.Now,
            CreatedBy = Caller.Of(context).Name,
        };
        return WriteAsync(
            context,
            "create webhook",
            new CurrentWebhook(name, RegistryWrite.Absent, created),
            before: null,
            // Replaces the health document that an earlier webhook with this name may have left behind.
            WebhookRecords.Put(name, new WebhookHealth())
        );
    }

    /// <summary>
    /// Replaces the webhook if it still has the version of <paramref name="before"/>. Returns the problem if nothing
    /// was written.
    /// </summary>
    public Task<Problem?> ChangeAsync(
        HttpContext context,
        string action,
        CurrentWebhook before,
        WebhookDocument after
    ) => WriteAsync(context, action, before with { Document = after }, Describe(before.Document));

    /// <summary>Enables the webhook. The period after which failures disable the webhook starts again.</summary>
    public Task<Problem?> ResumeAsync(HttpContext context, CurrentWebhook before) =>
        WriteAsync(
            context,
            "resume webhook",
            before with
            {
                Document = before.Document with { State = WebhookState.Active, DisabledReason = null },
            },
            Describe(before.Document),
            WebhookRecords.Put(before.Name, records.HealthOf(before.Name) with { FailingSince = null })
        );

    /// <summary>
    /// Replaces the secret. During the grace period, the replaced secret is also used for signatures, and so are those
    /// that earlier rotations replaced, because the receiver may still use one of them.
    /// </summary>
    public async Task<Problem?> RotateAsync(HttpContext context, CurrentWebhook before, TimeSpan grace)
    {
        var replaced = before.Document.ReplacedAt(audit.Now);
        if (grace > TimeSpan.Zero && replaced.Count >= WebhookLimits.ReplacedSecrets)
            return new Problem(
                ProblemKinds.LimitReached,
                $"The secret of webhook '{before.Name}' cannot be replaced, because {replaced.Count} replaced secrets "
                    + $"still sign, which is the limit. Try again after {replaced.Min(secret => secret.ValidUntil):u}, "
                    + "or rotate with the grace 0s, after which only the new secret signs."
            );
        return await ChangeAsync(
            context,
            "rotate webhook",
            before,
            before.Document.Rotated(WebhookSignature.CreateSecret(), grace, audit.Now)
        );
    }

    /// <summary>Removes the webhook and its health document, even if another request has just changed them.</summary>
    public async Task<Problem?> RemoveAsync(HttpContext context, CurrentWebhook webhook)
    {
        var failed = await registry.WriteAsync(
            context.RequestAborted,
            new RegistryWrite.Delete(WebhookDocument.Kind, webhook.Name, RegistryWrite.AnyVersion),
            new RegistryWrite.Delete(WebhookHealth.Kind, webhook.Name, RegistryWrite.AnyVersion),
            audit.Entry(context, "remove webhook", webhook.Name, before: Describe(webhook.Document))
        );
        if (failed is null)
            records.Forget(webhook.Name);
        return failed;
    }

    private Task<Problem?> WriteAsync(
        HttpContext context,
        string action,
        CurrentWebhook webhook,
        string? before = null,
        params IReadOnlyList<RegistryWrite> more
    ) =>
        registry.WriteAsync(
            context.RequestAborted,
            [
                AccountWrites.Put(
                    WebhookDocument.Kind,
                    webhook.Name,
                    webhook.Document,
                    WebhookJson.Default.WebhookDocument,
                    webhook.Version
                ),
                audit.Entry(context, action, webhook.Name, before, Describe(webhook.Document)),
                .. more,
            ]
        );

    /// <summary>Describes a webhook for the audit log, without its secrets or the path of its URL.</summary>
    private static string Describe(WebhookDocument webhook) =>
        AuditLog.Describe(
            webhook.State.ToWireName(),
            $"url={WebhookText.Origin(webhook.Url)}",
            $"queue={webhook.Queue}",
            $"states={webhook.States.ToWireName()}",
            webhook.ReplacedUntil is { } until ? $"replaced secrets sign until {until:u}" : null
        );
}
