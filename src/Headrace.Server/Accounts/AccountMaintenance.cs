using Headrace.Core.Registry;
using Headrace.Server.Registry;
using Headrace.Server.Security;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Accounts;

/// <summary>Removes expired logins and expired audit log entries once an hour.</summary>
internal sealed partial class AccountMaintenance(
    IRegistry registry,
    Sessions sessions,
    AuditLog audit,
    TimeProvider time,
    ILogger<AccountMaintenance> logger
) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryRunAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The server is stopping.
        }
    }

    /// <summary>Removes all expired logins and audit log entries.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (
            var expired in sessions
                .All()
                .Where(session => session.Document.Expires <= audit.Now)
                .Select(session => new RegistryWrite.Delete(SessionDocument.Kind, session.Id, session.Version))
                .Chunk(RegistryLimits.WritesPerCommand)
        )
            await registry.WriteAsync(expired, cancellationToken);
        while (await audit.RemoveExpiredAsync(cancellationToken) > 0) { }
    }

    private async Task TryRunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunOnceAsync(cancellationToken);
        }
#pragma warning disable CA1031 // The next run, in an hour, may succeed.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Failed(logger, fault.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Expired logins and audit entries were not removed: {Why}")]
    private static partial void Failed(ILogger logger, string why);
}
