namespace Headrace.Server.Pools.Local;

/// <summary>The status of the local pool, as shown by the readiness check.</summary>
/// <param name="Target">Number of workers that should run.</param>
/// <param name="Joined">
/// Number of workers of this pool that have joined with their methods, including those from an earlier server.
/// </param>
/// <param name="Complete">
/// Whether the minimum number of workers has been reached at least once since the server started.
/// </param>
/// <param name="ShortSeconds">
/// How long the number of joined workers has been below the target; absent while all have joined.
/// </param>
/// <param name="Slots">The slots, in order.</param>
/// <param name="Adopted">
/// Workers from an earlier server that are still running. The same number of slots remains empty.
/// </param>
internal sealed record PoolStatus(
    int Target,
    int Joined,
    bool Complete,
    double? ShortSeconds,
    IReadOnlyList<SlotStatus> Slots,
    IReadOnlyList<AdoptedStatus> Adopted
)
{
    /// <summary>The pools whose programs have not been run to describe their methods yet.</summary>
    public IReadOnlyList<string> Describing { get; init; } = [];

    /// <summary>
    /// Sentences that state why programs have not described their methods, and which methods the server refuses.
    /// </summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
}

/// <summary>A worker that an earlier server started.</summary>
internal sealed record AdoptedStatus(string Worker, int ProcessId);

/// <summary>One slot of the pool.</summary>
/// <param name="Worker">The name of the slot's worker; absent while the slot waits to restart.</param>
/// <param name="ProcessId">The process id; absent while the slot waits to restart.</param>
/// <param name="State">The state: starting, joined, ending, resting or given-up.</param>
/// <param name="Crashes">Number of crashes that still count toward the restart delay.</param>
/// <param name="BackoffSeconds">Time until the next start.</param>
/// <param name="LastEnd">How the slot's last process exited, or why no process could be started.</param>
internal sealed record SlotStatus(
    string? Worker,
    int? ProcessId,
    string State,
    int Crashes,
    double? BackoffSeconds,
    string? LastEnd
);
