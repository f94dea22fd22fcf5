using System.Text.Json.Serialization;

namespace Headrace.Server.Compat;

/// <summary>The columns of one problem, one entry for each method. A missing value is null, never NaN.</summary>
/// <param name="Methods">The names of the methods: first the 17 methods of the seed system in its order, then the
/// others.</param>
/// <param name="Time">The wall time of a call in seconds: the mean of three calls after a discarded first call.</param>
/// <param name="RelativeError">The largest relative error over all spots.</param>
/// <param name="Cpu">
/// The CPU time of a call in seconds. Other programs affect it less than they affect the wall time.
/// </param>
/// <param name="Reason">Why a value is missing or inaccurate.</param>
/// <param name="Job">The job that measured the method.</param>
internal sealed record Seed004Columns(
    IReadOnlyList<string> Methods,
    IReadOnlyList<double?> Time,
    [property: JsonPropertyName("relerr")] IReadOnlyList<double?> RelativeError,
    IReadOnlyList<double?> Cpu,
    IReadOnlyList<string?> Reason,
    IReadOnlyList<string?> Job
);

/// <summary>The progress of a measurement.</summary>
/// <param name="Time">The wall time in seconds from the first submission to the latest end.</param>
/// <param name="Complete">Whether all jobs have ended.</param>
/// <param name="Done">The number of jobs that have ended.</param>
/// <param name="Jobs">The total number of jobs.</param>
internal record Seed004Progress(double Time, bool Complete, int Done, int Jobs);

internal sealed record Seed004ProblemReply(double Time, bool Complete, int Done, int Jobs, Seed004Columns Benchmark)
    : Seed004Progress(Time, Complete, Done, Jobs);

internal sealed record Seed004AllReply(
    double Time,
    bool Complete,
    int Done,
    int Jobs,
    IReadOnlyDictionary<string, Seed004Columns> Benchmarks
) : Seed004Progress(Time, Complete, Done, Jobs);

/// <summary>
/// The methods for one problem, ranked by time and by error, in ascending order. Each entry has one member: the method
/// and its value. Methods without a value are omitted. Methods with equal values are all listed.
/// </summary>
internal sealed record Seed004Ranking(
    IReadOnlyList<IReadOnlyDictionary<string, double>> Time,
    [property: JsonPropertyName("err")] IReadOnlyList<IReadOnlyDictionary<string, double>> Error
);

internal sealed record Seed004RankReply(bool Complete, int Done, int Jobs, Seed004Ranking Ranking);

internal sealed record Seed004AllRanksReply(
    bool Complete,
    int Done,
    int Jobs,
    IReadOnlyDictionary<string, Seed004Ranking> Rankings
);

internal sealed record Seed004TestReply(long Result);

internal sealed record Seed004WorkersReply(IReadOnlyList<Seed004Worker> Workers);

/// <summary>A worker.</summary>
/// <param name="Name">The name of the worker; its number in the list for callers without a key.</param>
/// <param name="Pool">The pool of the worker; empty if it has none.</param>
/// <param name="Online">False while the worker is disconnecting.</param>
/// <param name="Slots">The number of jobs that the worker runs at a time.</param>
/// <param name="Active">The number of jobs that the worker holds.</param>
internal sealed record Seed004Worker(string Name, string Pool, bool Online, int Slots, int Active);

internal sealed record Seed004MethodsReply(IReadOnlyList<string> Methods);

internal sealed record Seed004VersionReply(string Version, string Runtime);

/// <param name="Jobs">The number of unfinished jobs in the queue.</param>
/// <param name="Messages">Some of the waiting jobs, at most five, newest first.</param>
internal sealed record Seed004QueueReply(long Jobs, IReadOnlyList<Seed004Message> Messages);

internal sealed record Seed004Message(string Job, string Method, string State, string Params);

internal sealed record Seed004PurgeReply(long Cancelled, long Ready);
