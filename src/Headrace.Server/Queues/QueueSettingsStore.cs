using Headrace.Core;
using Headrace.Core.Queues;
using Headrace.Core.Registry;
using Headrace.Server.Access;
using Headrace.Server.Accounts;
using Headrace.Server.Http;
using Headrace.Server.Registry;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Queues;

/// <summary>
/// Stores queue settings as documents in the registry. A change is written together with its audit log entry, and takes
/// effect with the commit that stores it.
/// </summary>
internal sealed class QueueSettingsStore(IRegistry registry, AuditLog audit)
{
    /// <summary>
    /// Maximum number of attempts to change the current settings. An attempt fails if another change is stored first.
    /// </summary>
    private const int MaxTries = 3;

    public (QueueSettings Settings, long Version) Read(QueueName queue) =>
        registry.Get(QueueSettings.Kind, queue.Text) is { } document
            ? (QueueSettings.TryParse(document.Json.Span) ?? QueueSettings.Default, document.Version)
            : (QueueSettings.Default, RegistryWrite.Absent);

    /// <summary>
    /// Applies a change to the current settings. If <paramref name="expectedVersion"/> is not null, the settings must
    /// have this version. Returns the problem if nothing was changed.
    /// </summary>
    public async Task<Problem?> ChangeAsync(
        HttpContext context,
        QueueName queue,
        string action,
        Func<QueueSettings, QueueSettings> change,
        long? expectedVersion = null
    )
    {
        for (var tries = 1; ; tries++)
        {
            var (before, version) = Read(queue);
            if (expectedVersion is { } expected && expected != version)
                return new Problem(
                    ProblemKinds.VersionConflict,
                    $"The settings of queue '{queue}' have version {version}, but the change is based on version "
                        + $"{expected}. Read them again, then repeat the change."
                );
            var after = change(before);
            if (after == before)
                return null;
            after = after with { ChangedBy = Caller.Of(context).Name, ChangedAt = audit.Now };
            var failed = await registry.WriteAsync(
                context.RequestAborted,
                new RegistryWrite.Put(QueueSettings.Kind, queue.Text, after.ToJson(), version),
                audit.Entry(
                    context,
                    action,
                    queue.Text,
                    QueueSettingsText.Describe(before),
                    QueueSettingsText.Describe(after)
                )
            );
            if (failed?.Kind != ProblemKinds.VersionConflict || expectedVersion is not null || tries == MaxTries)
                return failed;
        }
    }
}
