namespace Headrace.Bench.Chaos;

/// <summary>The counts of one round. Each entry of <see cref="Broken"/> describes a violated guarantee.</summary>
internal sealed record ChaosCounts
{
    public required string Round { get; init; }
    public required double Seconds { get; init; }
    public required IReadOnlyDictionary<string, int> Faults { get; init; }
    public required int PassedOver { get; init; }
    public required long Submitted { get; init; }
    public required int Acknowledged { get; init; }
    public required int AnsweredByKey { get; init; }
    public required int Recorded { get; init; }
    public required int Lost { get; init; }
    public required int RecordedTwice { get; init; }
    public required int Wrong { get; init; }
    public required int RanMoreThanOnce { get; init; }
    public required int FurtherAttempts { get; init; }
    public required int ExpiredWithoutFault { get; init; }
    public required int ConsumersKilled { get; init; }
    public required int Redelivered { get; init; }
    public required int Skipped { get; init; }
    public required int DeliveredAfterAcknowledgement { get; init; }
    public required Recoveries Times { get; init; }
    public required IReadOnlyList<string> Broken { get; init; }

    public static ChaosCounts Of(string round, TimeSpan length, RoundFacts facts)
    {
        var (ledger, store) = (facts.Ledger, facts.Store);
        var ends = store.Ends.ToLookup(end => end.Job);
        var succeeded = (int)Headrace.Core.Jobs.JobState.Succeeded;
        var lost = ledger.Acknowledged.Where(job => !ends[job.Id].Any(end => end.State == succeeded)).ToList();
        var lostOverHttp = facts.Http.Missing.Count;
        var wrong = store.CountWrongResults(ledger.Acknowledged);
        var seenOtherwise = facts.EndsSeen.Count(seen =>
            ends[seen.Key].All(end => end.Attempt != seen.Value.Attempt || !SameTime(end.Ended, seen.Value.Ended))
        );

        // Completions are numbered consecutively and no row is deleted. Each missing number therefore means that one
        // completion was replaced by another.
        var replaced = store.NextCompletionNumber - 1 - store.Ends.Count;
        var twice = (int)replaced + store.Ends.Count - ends.Count + facts.EndsChanged + seenOtherwise;
        var ids = ledger.Acknowledged.Select(job => job.Id).ToHashSet();
        var unknown = ends.Select(end => end.Key).Count(id => !ids.Contains(id)) + store.Unfinished;
        var broken = new List<string>();
        Promise(
            lost.Count == 0,
            $"{lost.Count} acknowledged jobs have not succeeded in the store, such as "
                + string.Join(", ", lost.Take(3).Select(job => job.Id))
        );
        Promise(
            lostOverHttp == 0,
            $"{lostOverHttp} acknowledged jobs have no result over HTTP: {First(facts.Http.Missing)}"
        );
        Promise(
            twice == 0,
            $"{twice} completions were recorded twice ({replaced} replaced, "
                + $"{store.Ends.Count - ends.Count} extra rows, {facts.EndsChanged + seenOtherwise} changed later)"
        );
        Promise(
            wrong == 0 && facts.Http.Wrong.Count == 0,
            $"{wrong} results in the store are wrong or missing, and {facts.Http.Wrong.Count} results read over HTTP "
                + "are wrong: "
                + First(facts.Http.Wrong)
        );
        Promise(
            ids.Count == ledger.Acknowledged.Count,
            $"{ledger.Acknowledged.Count - ids.Count} job ids were used for two jobs"
        );
        Promise(
            unknown <= ledger.Submitted - ledger.Acknowledged.Count,
            $"{unknown} jobs in the store were never acknowledged: a submission created two jobs"
        );
        Promise(
            store.Keys.Count == ends.Count + store.Unfinished,
            $"{store.Keys.Count} keys for {ends.Count + store.Unfinished} jobs"
        );
        Promise(
            ledger.Refused.Count == 0,
            $"{ledger.Refused.Count} submissions were rejected: {First(ledger.Refused)}"
        );
        Promise(store.Check == "ok", $"the database is corrupted: {store.Check}");
        Promise(facts.Drained, "jobs were still unfinished after the faults had ended");
        // The server cannot start while the disk is full, so it is restarted until a start succeeds. This counts as an
        // outage, not as a failure.
        var full = facts.Faults.Windows.Any(faultWindow => faultWindow.Kind == FaultKind.FillDisk);
        Promise(
            facts.OwnEnds.All(end => full && end.StartsWith(ServerKeeper.StartRefused, StringComparison.Ordinal)),
            $"the server exited unexpectedly {facts.OwnEnds.Count} times: {First(facts.OwnEnds)}"
        );
        // On a busy machine, a worker may get no CPU time for the length of a lease. A run with a slow disk
        // therefore requires an otherwise idle machine.
        Promise(
            facts.ExpiredWithoutFault.Count == 0 || facts.Faults.SlowDisk is null,
            $"the leases of {facts.ExpiredWithoutFault.Count} workers expired although they were neither killed nor "
                + $"suspended: {First(facts.ExpiredWithoutFault)}"
        );
        var skipped = store
            .Ends.Where(end => end.State == succeeded && !facts.Consumer.Jobs.Contains(end.Job))
            .ToList();
        Promise(skipped.Count == 0, $"the feed has skipped {skipped.Count} jobs, such as {skipped.FirstOrDefault()}");
        Promise(
            facts.Consumer.AfterAcknowledgement.Count == 0,
            $"the feed has delivered {facts.Consumer.AfterAcknowledgement.Count} jobs again after their "
                + "acknowledgement"
        );
        Promise(facts.StoppedInOrder, "the server did not shut down cleanly");
        Promise(facts.LeftOver == 0, $"{facts.LeftOver} worker processes outlived the server");
        return new ChaosCounts
        {
            Round = round,
            Seconds = length.TotalSeconds,
            Faults = facts.Faults.Done.ToDictionary(done => done.Key.ToString(), done => done.Value),
            PassedOver = facts.Faults.Skipped,
            Submitted = ledger.Submitted,
            Acknowledged = ledger.Acknowledged.Count,
            AnsweredByKey = ledger.Acknowledged.Count(job => job.Repeated),
            Recorded = store.Ends.Count,
            Lost = Math.Max(lost.Count, lostOverHttp),
            RecordedTwice = twice,
            Wrong = Math.Max(wrong, facts.Http.Wrong.Count),
            RanMoreThanOnce = store.Ends.Count(end => end.Attempt > 1),
            ExpiredWithoutFault = facts.ExpiredWithoutFault.Count,
            FurtherAttempts = store.Ends.Sum(end => end.Attempt - 1),
            ConsumersKilled = facts.Consumer.Kills,
            Redelivered = facts.Consumer.Redelivered,
            Skipped = skipped.Count,
            DeliveredAfterAcknowledgement = facts.Consumer.AfterAcknowledgement.Count,
            Times = Recoveries.Of(facts),
            Broken = broken,
        };

        void Promise(bool kept, string description)
        {
            if (!kept)
                broken.Add(description);
        }
    }

    private static string First(IReadOnlyList<string> messages) => messages.Count == 0 ? "" : messages[0];

    /// <summary>Compares with millisecond precision, because the times in HTTP replies may be rounded.</summary>
    private static bool SameTime(long micros, DateTimeOffset? shown) =>
        shown is { } time && Math.Abs(Headrace.Core.Instant.From(time).Micros - micros) < 1_000;
}
