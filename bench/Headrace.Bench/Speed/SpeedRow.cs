namespace Headrace.Bench.Speed;

/// <summary>
/// One measured row. Rates are per second, processor time in microseconds and allocation in bytes are per job, and
/// latencies are in milliseconds.
/// </summary>
internal sealed record SpeedRow(
    string Title,
    int Count,
    int Rounds,
    double Rate,
    double LeastRate,
    double MostRate,
    Spent Each,
    double P50,
    double P99
)
{
    /// <summary>The medians over the rounds, for each figure separately.</summary>
    public static SpeedRow Of(string title, IReadOnlyList<Measured> rounds)
    {
        var rates = Percentiles.Of(rounds.Select(round => round.Load.Count / round.Load.Seconds));
        return new SpeedRow(
            title,
            (int)rounds[0].Load.Count,
            rounds.Count,
            rates.Median,
            rates.Least,
            rates.Most,
            new Spent(
                Each(spent => spent.ServerMicros),
                Each(spent => spent.WorkerMicros),
                Each(spent => spent.LoadMicros),
                (long)Each(spent => spent.ServerBytes),
                (long)Each(spent => spent.WorkerBytes),
                (long)Each(spent => spent.LoadBytes)
            ),
            Percentiles.Of(rounds.Select(round => round.Load.P50)).Median,
            Percentiles.Of(rounds.Select(round => round.Load.P99)).Median
        );

        double Each(Func<Spent, double> of) =>
            Percentiles.Of(rounds.Select(round => of(round.Spent) / round.Load.Count)).Median;
    }
}
