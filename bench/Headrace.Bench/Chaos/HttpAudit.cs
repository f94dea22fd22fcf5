using System.Collections.Concurrent;
using System.Globalization;
using Headrace.Client;
using Headrace.Core;

namespace Headrace.Bench.Chaos;

/// <summary>Requests the result of every acknowledged job over HTTP, as a user would.</summary>
/// <param name="Right">The number of jobs with the expected result.</param>
/// <param name="Wrong">Descriptions of the jobs with a different result.</param>
/// <param name="Missing">Descriptions of the jobs without a result, with the error of each.</param>
internal sealed record HttpAudit(int Right, IReadOnlyList<string> Wrong, IReadOnlyList<string> Missing)
{
    private const int Concurrency = 8;

    public static async Task<HttpAudit> RunAsync(
        ServerPlace place,
        IReadOnlyList<Acknowledgement> acknowledged,
        CancellationToken stop
    )
    {
        using var client = new HeadraceClient(place.Url, place.Key);
        var (right, wrong, missing) = (0, new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        await Parallel.ForEachAsync(
            acknowledged,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = stop },
            async (job, cancellationToken) =>
            {
                try
                {
                    var result = await client.GetResultAsync(
                        job.Id.ToString(CultureInfo.InvariantCulture),
                        cancellationToken
                    );
                    if (Convert.ToHexStringLower(result.Bytes.Span) == job.Expected)
                        Interlocked.Increment(ref right);
                    else
                        wrong.Enqueue(
                            $"job {job.Id} (number {job.Number}): {result.Bytes.Length} bytes, not the expected result"
                        );
                }
                catch (Exception none) when (none is HeadraceException or InvalidOperationException)
                {
                    missing.Enqueue($"job {job.Id} (number {job.Number}): {none.Message}");
                }
            }
        );
        return new HttpAudit(right, [.. wrong], [.. missing]);
    }
}
