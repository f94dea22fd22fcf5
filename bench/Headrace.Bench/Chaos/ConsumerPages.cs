using System.Globalization;

namespace Headrace.Bench.Chaos;

/// <summary>The records of a feed's killed consumers.</summary>
/// <param name="Jobs">The jobs that were received.</param>
/// <param name="AfterAcknowledgement">
/// The jobs that were received after the server had confirmed their acknowledgement.
/// </param>
/// <param name="Redelivered">The number of deliveries after the first one of each job.</param>
/// <param name="Kills">The number of killed consumers.</param>
internal sealed record ConsumerPages(
    IReadOnlySet<long> Jobs,
    IReadOnlyList<long> AfterAcknowledgement,
    int Redelivered,
    int Kills
)
{
    public const string Received = "received";
    public const string Acknowledged = "acknowledged";

    public static ConsumerPages Read(string path, int kills)
    {
        var (jobs, acknowledged, again, redelivered) = (new HashSet<long>(), new HashSet<long>(), new List<long>(), 0);
        foreach (var line in File.ReadLines(path))
        {
            var fields = line.Split('\t');
            var job = long.Parse(fields[1], CultureInfo.InvariantCulture);
            if (fields[0] == Acknowledged)
            {
                acknowledged.Add(job);
                continue;
            }
            if (!jobs.Add(job))
                redelivered++;
            if (acknowledged.Contains(job))
                again.Add(job);
        }
        return new ConsumerPages(jobs, again, redelivered, kills);
    }
}
