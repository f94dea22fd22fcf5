using Headrace.Core;
using Headrace.Server.Http;
using Headrace.Server.Schemas;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Intake;

/// <summary>
/// Checks the schemas in the store once after the start of a server, and logs each one that is quarantined
/// (<see cref="ParamsValidator"/>), so that an operator knows of it before the jobs of its method are rejected.
/// </summary>
internal sealed partial class StoredSchemas(IShardRouter shards, ILogger<StoredSchemas> logger)
{
    /// <summary>
    /// The check runs beside the requests, because reading thousands of schemas takes seconds. It never fails: requests
    /// check the schemas that they use themselves.
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
            // The store has failed, and the server is about to end.
        }
#pragma warning disable CA1031 // As the summary says.
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
