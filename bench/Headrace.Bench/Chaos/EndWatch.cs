using System.Collections.Concurrent;
using System.Globalization;
using Headrace.Client;
using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Chaos;

/// <summary>
/// What was shown as ended while the faults went on: an end that the store later tells otherwise was recorded twice.
/// </summary>
internal sealed class EndWatch(ServerPlace place)
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    private const int Top = 1_000;

    private readonly ConcurrentDictionary<long, (int Attempt, DateTimeOffset? Ended)> _seen = [];

    /// <summary>Job → the attempt and time of the end that was shown first.</summary>
    public IReadOnlyDictionary<long, (int Attempt, DateTimeOffset? Ended)> Seen => _seen;

    /// <summary>Ends that were shown otherwise later in the run.</summary>
    public int Changed { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        using var client = HeadraceClient.Connect(
            new ClientOptions
            {
                Server = place.Url,
                Key = place.Key,
                ResendFor = TimeSpan.Zero,
            }
        );
        while (!stop.IsCancellationRequested)
        {
            try
            {
                foreach (var job in await client.LatestResultsAsync(top: Top, cancellationToken: stop))
                    Note(job);
                await Task.Delay(Every, stop);
            }
            catch (HeadraceException)
            {
                // Away just now.
                await Task.Delay(Every, CancellationToken.None);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Note(JobReply job)
    {
        var first = _seen.GetOrAdd(long.Parse(job.Id, CultureInfo.InvariantCulture), _ => (job.Attempt, job.Ended));
        if (first != (job.Attempt, job.Ended))
            Changed++;
    }
}
