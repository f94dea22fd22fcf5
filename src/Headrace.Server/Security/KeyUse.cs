using System.Text.Json;
using System.Threading.Channels;
using Headrace.Server.Registry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Security;

/// <summary>
/// Records when each API key was last used, at most once a minute for each key, without delaying the request. A time
/// that cannot be written is dropped, and the next use of the key writes a later time.
/// </summary>
internal sealed partial class KeyUse(IRegistry registry, ILogger<KeyUse> logger) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Maximum number of uses that are waiting to be committed. Further uses are dropped, to limit the memory used
    /// during a burst.
    /// </summary>
    private const int MaxWaiting = 1_000;

    private readonly Channel<(string Key, DateTimeOffset At)> _uses = Channel.CreateBounded<(string, DateTimeOffset)>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    public void Record(string key, DateTimeOffset at) => _uses.Writer.TryWrite((key, at));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (key, at) in _uses.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await WriteAsync(key, at, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // A lost time is harmless, and the loop must continue for the other keys.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                NotRecorded(logger, key, fault.Message);
            }
        }
    }

    private async Task WriteAsync(string key, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (registry.Get(ApiKeyDocument.Kind, key) is not { } document)
            return;
        var current = JsonSerializer.Deserialize(document.Json.Span, SecurityJson.Default.ApiKeyDocument)!;
        if (at <= current.LastUsed)
            return;
        // If an admin changes the key at the same time, the version differs, and nothing is written.
        await registry.PutAsync(
            ApiKeyDocument.Kind,
            key,
            JsonSerializer.SerializeToUtf8Bytes(current with { LastUsed = at }, SecurityJson.Default.ApiKeyDocument),
            document.Version,
            cancellationToken
        );
    }

    [LoggerMessage(LogLevel.Warning, "The last use of the API key '{Key}' was not recorded: {Why}")]
    private static partial void NotRecorded(ILogger logger, string key, string why);
}
