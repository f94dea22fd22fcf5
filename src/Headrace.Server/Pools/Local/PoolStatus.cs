namespace Headrace.Server.Pools.Local;

/// <summary>How the local pool stands: what readiness shows.</summary>
/// <param name="Target">Workers that should run.</param>
/// <param name="Joined">
/// Workers of this pool that have joined with their methods, those of an earlier server included.
/// </param>
/// <param name="Complete">All of them had joined at some time since the start.</param>
/// <param name="Slots">Each slot, in order.</param>
/// <param name="Adopted">Workers of an earlier server that still run; as many slots stay empty.</param>
internal sealed record PoolStatus(
    int Target,
    int Joined,
    bool Complete,
    IReadOnlyList<SlotStatus> Slots,
    IReadOnlyList<AdoptedStatus> Adopted
);

/// <summary>A worker that an earlier server started.</summary>
internal sealed record AdoptedStatus(string Worker, int ProcessId);

/// <summary>One slot of the pool.</summary>
/// <param name="Worker">The name of its process; absent while it rests.</param>
/// <param name="ProcessId">The process; absent while it rests.</param>
/// <param name="State">starting, joined, ending, resting or given-up.</param>
/// <param name="Crashes">Unasked ends that are not forgiven yet.</param>
/// <param name="BackoffSeconds">For how long it rests before the next try.</param>
/// <param name="LastEnd">How its last process ended, or why none could be started.</param>
internal sealed record SlotStatus(
    string? Worker,
    int? ProcessId,
    string State,
    int Crashes,
    double? BackoffSeconds,
    string? LastEnd
);
