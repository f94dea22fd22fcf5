using Headrace.Core;
using Headrace.Server.Http;
using Headrace.Server.Schemas;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Intake;

/// <summary>
/// Checks the schemas in the store once after the server starts, and logs each quarantined schema
/// (<see cref="ParamsValidator"/>), so that an operator knows of it before jobs for its method are rejected.
/// </summary>
internal sealed partial class StoredSchemas(IShardRouter shards, ILogger<StoredSchemas> logger)
{
    /// <summary>
    /// Checks the schemas while requests are being served, because reading thousands of schemas takes seconds. A
    /// failure of this check is harmless, because each request also checks the schemas that it uses.
    /// </summary>
    public async Task CheckAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var method in shards.ListMethodsAsync(after: null, stop))
                if (method.Schema.Length > 0 && !JsonSchema.TryRead(method.Schema, out _, out var fault))
                    SchemaQuarantined(new MethodRef(method.Name, method.Version), fault);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server is stopping.
        }
        catch (MailboxClosedException)
        {
            // The store has failed, and the server is about to stop.
        }
#pragma warning disable CA1031 // A failure of this check is harmless.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            CheckFailed(new LoggedFault(failed));
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The stored schema of {Method} {Fault}, so jobs of that method are rejected. Offer the method as a new version "
            + "with a valid schema"
    )]
    private partial void SchemaQuarantined(MethodRef method, string fault);

    [LoggerMessage(LogLevel.Error, "The check of the stored schemas failed")]
    private partial void CheckFailed(Exception failed);
}
