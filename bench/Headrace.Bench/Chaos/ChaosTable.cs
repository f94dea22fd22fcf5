using System.Globalization;

namespace Headrace.Bench.Chaos;

/// <summary>The counts as rows of a table, with a column for each round.</summary>
internal static class ChaosTable
{
    public static IReadOnlyList<string> Headings(IReadOnlyList<ChaosCounts> rounds) =>
        ["", .. rounds.Select(round => $"{round.Round}, {round.Seconds:0} s")];

    public static IEnumerable<IReadOnlyList<string>> Rows(IReadOnlyList<ChaosCounts> rounds)
    {
        yield return Row("submitted", r => r.Submitted);
        yield return Row("acknowledged", r => r.Acknowledged);
        yield return Row("of these, deduplicated by the idempotency key", r => r.AnsweredByKey);
        yield return Row("recorded", r => r.Recorded);
        yield return Row("**lost** (guaranteed: 0)", r => r.Lost);
        yield return Row("**recorded twice** (guaranteed: 0)", r => r.RecordedTwice);
        yield return Row("**wrong results** (guaranteed: 0)", r => r.Wrong);
        yield return Row("**skipped by a feed** (guaranteed: 0)", r => r.Skipped);
        yield return Row(
            "**delivered by a feed after the acknowledgement** (guaranteed: 0)",
            r => r.DeliveredAfterAcknowledgement
        );
        yield return Row("kill -9 of the consumer of the feed", r => r.ConsumersKilled);
        yield return Row("deliveries that were repeated", r => r.Redelivered);
        yield return Row("working workers whose leases expired", r => r.ExpiredWithoutFault);
        yield return Row("jobs with more than one attempt", r => r.RanMoreThanOnce);
        yield return Row("attempts beyond the first", r => r.FurtherAttempts);
        foreach (var kind in Enum.GetNames<FaultKind>())
            yield return Row($"faults: {Describe(kind)}", r => r.Faults.GetValueOrDefault(kind));
        yield return Row("faults without a target (no worker held leases, or no server)", r => r.PassedOver);
        yield return Times("longest outage (no acknowledgement)", r => r.Times.Outage);
        yield return Times("longest outage while the disk was not full", r => r.Times.OutageWithRoom);
        yield return Times("longest recovery of the server: kill to first acknowledgement", r => r.Times.Whole);
        yield return Times("… kill to start of the next process", r => r.Times.ToStart);
        yield return Times("… start to loaded and listening", r => r.Times.ToListening);
        yield return Times("… listening to first acknowledgement", r => r.Times.ToAcknowledgement);
        yield return Row("worker crashes while the server ran undisturbed", r => r.Times.Deaths);
        yield return Times("… longest until detected (guaranteed: 1 s)", r => r.Times.Noticed);
        yield return Times("… longest until the next attempt of its jobs", r => r.Times.NextAttempt);
        yield return Row(
            "worker crashes while the server was down, stopped, slow or out of disk space",
            r => r.Times.DeathsInTrouble
        );
        yield return Times("… longest until detected", r => r.Times.NoticedInTrouble);
        yield return Times("… longest until the next attempt of its jobs", r => r.Times.NextAttemptInTrouble);

        IReadOnlyList<string> Row(string name, Func<ChaosCounts, long> number) =>
            [name, .. rounds.Select(round => number(round).ToString("N0", CultureInfo.InvariantCulture))];
        IReadOnlyList<string> Times(string name, Func<ChaosCounts, double> seconds) =>
            [name, .. rounds.Select(round => string.Create(CultureInfo.InvariantCulture, $"{seconds(round):0.00} s"))];
    }

    private static string Describe(string kind) =>
        kind switch
        {
            nameof(FaultKind.KillWorker) => "kill -9 of a worker that held leases",
            nameof(FaultKind.KillServer) => "kill -9 of the server",
            nameof(FaultKind.PauseWorker) => "SIGSTOP of a worker that held leases, 3 to 8 s",
            nameof(FaultKind.PauseServer) => "SIGSTOP of the server, 2 to 5 s",
            nameof(FaultKind.SlowDisk) => "every commit slow, 10 s of 30 s",
            _ => "disk filled to the last byte, 3 to 6 s",
        };
}
