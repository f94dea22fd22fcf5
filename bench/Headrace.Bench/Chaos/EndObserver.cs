using System.Collections.Concurrent;
using System.Globalization;
using Headrace.Client;
using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Chaos;

/// <summary>
/// Records the completions that the server reports during the faults. If the store later contains a different
/// completion for the same job, that job's completion was recorded twice.
/// </summary>
internal sealed class EndObserver(ServerPlace place)
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    private const int Top = 1_000;

    private readonly ConcurrentDictionary<long, (int Attempt, DateTimeOffset? Ended)> _seen = [];

    /// <summary>For each job, the attempt and the time of its first reported completion.</summary>
    public IReadOnlyDictionary<long, (int Attempt, DateTimeOffset? Ended)> Seen => _seen;

    /// <summary>The number of completions that the server later reported differently.</summary>
    public int Changed { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        using var client = new HeadraceClient(
            new HeadraceClientOptions
            {
                Server = place.Url,
                Key = place.Key,
                RetryTimeout = TimeSpan.Zero,
            }
        );
        while (!stop.IsCancellationRequested)
        {
            try
            {
                foreach (var job in await client.ListLatestResultsAsync(top: Top, cancellationToken: stop))
                    Record(job);
                await Task.Delay(Every, stop);
            }
            catch (HeadraceException)
            {
                // The server is unavailable; try again.
                await Task.Delay(Every, CancellationToken.None);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Record(JobReply job)
    {
        var first = _seen.GetOrAdd(long.Parse(job.Id, CultureInfo.InvariantCulture), _ => (job.Attempt, job.Ended));
        if (first != (job.Attempt, job.Ended))
            Changed++;
    }
}
