namespace Headrace.Bench.Chaos;

/// <summary>
/// How long the server took to recover after a kill, and how long the jobs of a killed worker took to be claimed again.
/// All times are in seconds, and each is the maximum over the run.
/// </summary>
internal sealed record Recoveries
{
    /// <summary>
    /// The phases of a recovery after a kill: until the next process starts, from then until it has loaded the store
    /// and is listening, and from then until the first acknowledgement. Whole is the total.
    /// </summary>
    public double ToStart { get; private init; }
    public double ToListening { get; private init; }
    public double ToAcknowledgement { get; private init; }
    public double Whole { get; private init; }

    /// <summary>
    /// The longest time between two acknowledgements: in the whole run, and outside the periods with a full disk.
    /// </summary>
    public double Outage { get; private init; }
    public double OutageWithRoom { get; private init; }

    /// <summary>
    /// Figures for killed workers: how many there were, the time from the kill until the store recorded their attempts
    /// as lost, and the time from the kill until the next attempts were claimed. The first three values are for kills
    /// while the server was running undisturbed. The other three are for kills while the server was down, suspended or
    /// out of disk space, or while its commits were slow.
    /// </summary>
    public int Deaths { get; private init; }
    public double Noticed { get; private init; }
    public double NextAttempt { get; private init; }
    public int DeathsInTrouble { get; private init; }
    public double NoticedInTrouble { get; private init; }
    public double NextAttemptInTrouble { get; private init; }

    public static Recoveries Of(RoundFacts facts)
    {
        var acknowledged = facts.Ledger.Acknowledged.Select(job => job.At).Order().ToList();
        var killed = facts
            .Lives.Where(life => life is { KilledBefore: > 0, ListeningAt: > 0 })
            .Select(life => (life, First: acknowledged.FirstOrDefault(at => at > life.ListeningAt)))
            .Where(life => life.First > 0)
            .ToList();
        var gaps = acknowledged.Zip(acknowledged.Skip(1), (from, to) => (From: from, To: to)).ToList();
        var full = facts.Faults.Windows.Where(faultWindow => faultWindow.Kind == FaultKind.FillDisk).ToList();
        var away = facts
            .Faults.Windows.Where(faultWindow =>
                faultWindow.Kind is FaultKind.FillDisk or FaultKind.PauseServer or FaultKind.SlowDisk
            )
            .Select(faultWindow => (faultWindow.From, faultWindow.To))
            .Concat(
                facts
                    .Lives.Where(life => life.KilledBefore > 0)
                    .Select(life => (From: life.KilledBefore, To: Math.Max(life.JoinedAt, life.ListeningAt)))
            )
            .ToList();
        var returns = Returns(facts.Store, facts.Faults.Deaths).ToList();
        var (troubled, calm) = (
            returns.Where(IsTroubled).ToList(),
            returns.Where(death => !IsTroubled(death)).ToList()
        );
        return new Recoveries
        {
            ToStart = Longest(killed.Select(k => k.life.StartedAt - k.life.KilledBefore)),
            ToListening = Longest(killed.Select(k => k.life.ListeningAt - k.life.StartedAt)),
            ToAcknowledgement = Longest(killed.Select(k => k.First - k.life.ListeningAt)),
            Whole = Longest(killed.Select(k => k.First - k.life.KilledBefore)),
            Outage = Longest(gaps.Select(gap => gap.To - gap.From)),
            OutageWithRoom = Longest(
                gaps.Where(gap => !full.Any(faultWindow => faultWindow.From < gap.To && gap.From < faultWindow.To))
                    .Select(gap => gap.To - gap.From)
            ),
            Deaths = calm.Count,
            Noticed = Longest(calm.Select(death => death.Noticed)),
            NextAttempt = Longest(calm.Select(death => death.Next)),
            DeathsInTrouble = troubled.Count,
            NoticedInTrouble = Longest(troubled.Select(death => death.Noticed)),
            NextAttemptInTrouble = Longest(troubled.Select(death => death.Next)),
        };

        bool IsTroubled((WorkerDeath Death, long Noticed, long Next) death) =>
            away.Any(trouble => trouble.From < death.Death.At + death.Next && death.Death.At < trouble.To);
    }

    /// <summary>
    /// For each killed worker that held jobs, returns the longest time until the store recorded an attempt as lost or
    /// returned, and the longest time until one of these jobs was claimed again.
    /// </summary>
    private static IEnumerable<(WorkerDeath Death, long Noticed, long Next)> Returns(
        StoreAudit store,
        IReadOnlyList<WorkerDeath> deaths
    )
    {
        var claims = new Dictionary<(long Job, int Attempt), long>();
        foreach (var attempt in store.Attempts)
            claims[(attempt.Job, attempt.Attempt)] = attempt.Claimed;
        foreach (var end in store.Ends)
            claims[(end.Job, end.Attempt)] = end.Claimed;
        var byIncarnation = store.Attempts.ToLookup(attempt => attempt.Incarnation);
        foreach (var death in deaths)
        {
            // Ignores attempts that ended before the kill, because it did not affect them.
            var held = byIncarnation[unchecked((long)death.Incarnation.Value)]
                .Where(attempt => attempt.Ended >= death.Wall)
                .ToList();
            if (held.Count == 0)
                continue;
            var next = held.Select(attempt =>
                claims.TryGetValue((attempt.Job, attempt.Attempt + 1), out var at) ? at - death.Wall : 0
            );
            yield return (death, held.Max(attempt => attempt.Ended) - death.Wall, next.Max());
        }
    }

    private static double Longest(IEnumerable<long> micros) => BenchClock.Seconds(micros.DefaultIfEmpty().Max());
}
