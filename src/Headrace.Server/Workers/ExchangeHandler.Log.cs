using Microsoft.Extensions.Logging;

namespace Headrace.Server.Workers;

internal sealed partial class ExchangeHandler
{
    [LoggerMessage(
        LogLevel.Error,
        "The bodies of jobs {Jobs} are damaged in the store, so these jobs fail. Check the disk"
    )]
    private partial void BodiesDamaged(string jobs);
}
