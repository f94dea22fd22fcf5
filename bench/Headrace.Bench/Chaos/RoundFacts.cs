namespace Headrace.Bench.Chaos;

/// <summary>All data recorded in one round. The counts are computed from it.</summary>
internal sealed record RoundFacts
{
    public required LedgerPages Ledger { get; init; }
    public required StoreAudit Store { get; init; }
    public required HttpAudit Http { get; init; }
    public required IReadOnlyDictionary<long, (int Attempt, DateTimeOffset? Ended)> EndsSeen { get; init; }
    public required int EndsChanged { get; init; }
    public required FaultRun Faults { get; init; }
    public required IReadOnlyList<ServerLife> Lives { get; init; }
    public required IReadOnlyList<string> OwnEnds { get; init; }
    public required bool Drained { get; init; }
    public required bool StoppedInOrder { get; init; }

    /// <summary>The records of the feed's consumers.</summary>
    public required ConsumerPages Consumer { get; init; }

    /// <summary>The workers whose leases expired even though they were neither killed nor suspended.</summary>
    public required IReadOnlyList<string> ExpiredWithoutFault { get; init; }

    /// <summary>The number of worker processes that were still running after the server had shut down.</summary>
    public required int LeftOver { get; init; }
}
