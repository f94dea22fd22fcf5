using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools;

internal sealed partial class Scaler
{
    [LoggerMessage(LogLevel.Information, "Pool {Pool}: starts {Start}, drains [{Drained}]. {Reason}")]
    private partial void Changed(string pool, int start, string drained, string reason);

    [LoggerMessage(LogLevel.Debug, "Pool {Pool} stays as it is. {Reason}")]
    private partial void Kept(string pool, string reason);

    [LoggerMessage(LogLevel.Debug, "Scaling waits: {Why}")]
    private partial void RunDelayed(string why);

    [LoggerMessage(LogLevel.Error, "A turn of scaling failed; the next comes after the check period")]
    private partial void RunFailed(Exception fault);
}
