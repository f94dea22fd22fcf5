using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

internal sealed partial class ShardLoop
{
    [LoggerMessage(LogLevel.Debug, "Loaded {Rows} rows in {Milliseconds} ms")]
    private partial void LoadedRows(long rows, long milliseconds);

    [LoggerMessage(
        LogLevel.Warning,
        "The store cannot accept commits at the moment ({Why}). The server retries the batch until it "
            + "succeeds; until then, workers wait, and other clients are asked to retry later"
    )]
    private partial void CommitDelayed(string why);

    [LoggerMessage(LogLevel.Warning, "The store accepts commits again")]
    private partial void CommitResumed();

    [LoggerMessage(LogLevel.Warning, "The store could not read the rows for a request, which was answered with 503")]
    private partial void ReadFailed(Exception failure);

    [LoggerMessage(LogLevel.Error, "The observer {Name} failed; further failures of it are not logged")]
    private partial void ObserverFailed(Exception fault, string name);

    [LoggerMessage(LogLevel.Critical, "The shard stopped: {Why}")]
    private partial void Stopping(string why);

    [LoggerMessage(LogLevel.Critical, "The shard loop failed")]
    private partial void LoopFailed(Exception bug);
}
