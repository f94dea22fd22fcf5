using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools;

internal sealed partial class Scaler
{
    [LoggerMessage(LogLevel.Information, "Pool {Pool}: starting {Start} workers, draining [{Drained}]. {Reason}")]
    private partial void Changed(string pool, int start, string drained, string reason);

    [LoggerMessage(LogLevel.Debug, "Pool {Pool} is unchanged. {Reason}")]
    private partial void Kept(string pool, string reason);

    [LoggerMessage(LogLevel.Debug, "Scaling is postponed: {Why}")]
    private partial void RunDelayed(string why);

    [LoggerMessage(LogLevel.Error, "A scaling check failed. The next one follows after the check period")]
    private partial void RunFailed(Exception fault);
}
