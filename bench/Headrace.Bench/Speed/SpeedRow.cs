namespace Headrace.Bench.Speed;

/// <summary>
/// One measured row. Rates are per second. CPU time (in microseconds) and allocation (in bytes) are per job.
/// Latencies are in milliseconds.
/// </summary>
internal sealed record SpeedRow(
    string Title,
    int Count,
    int Rounds,
    double Rate,
    double MinRate,
    double MaxRate,
    ResourceUse Each,
    double P50,
    double P99
)
{
    /// <summary>
    /// Computes the median of each figure over the rounds. Different figures may therefore come from different rounds.
    /// </summary>
    public static SpeedRow Of(string title, IReadOnlyList<Measured> rounds)
    {
        var rates = Percentiles.Of(rounds.Select(round => round.Load.Count / round.Load.Seconds));
        return new SpeedRow(
            title,
            (int)rounds[0].Load.Count,
            rounds.Count,
            rates.Median,
            rates.Min,
            rates.Max,
            new ResourceUse(
                Each(resourceUse => resourceUse.ServerMicros),
                Each(resourceUse => resourceUse.WorkerMicros),
                Each(resourceUse => resourceUse.LoadMicros),
                (long)Each(resourceUse => resourceUse.ServerBytes),
                (long)Each(resourceUse => resourceUse.WorkerBytes),
                (long)Each(resourceUse => resourceUse.LoadBytes)
            ),
            Percentiles.Of(rounds.Select(round => round.Load.P50)).Median,
            Percentiles.Of(rounds.Select(round => round.Load.P99)).Median
        );

        double Each(Func<ResourceUse, double> of) =>
            Percentiles.Of(rounds.Select(round => of(round.Spent) / round.Load.Count)).Median;
    }
}
