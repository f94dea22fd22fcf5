using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

internal sealed partial class ShardLoop
{
    [LoggerMessage(LogLevel.Debug, "Loaded {Rows} rows in {Milliseconds} ms")]
    private partial void LoadedRows(long rows, long milliseconds);

    [LoggerMessage(
        LogLevel.Warning,
        "The store takes no commit now ({Why}); the batch is tried again until it is through; workers wait meanwhile, and everybody else is told to come back"
    )]
    private partial void CommitDelayed(string why);

    [LoggerMessage(LogLevel.Warning, "The store takes commits again")]
    private partial void CommitResumed();

    [LoggerMessage(LogLevel.Critical, "The shard ends: {Why}")]
    private partial void Stopping(string why);

    [LoggerMessage(LogLevel.Critical, "The shard's loop failed")]
    private partial void LoopFailed(Exception bug);
}
