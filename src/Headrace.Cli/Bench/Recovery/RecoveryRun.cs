namespace Headrace.Cli.Bench.Recovery;

/// <summary>One start after kill -9. Seconds and bytes.</summary>
/// <param name="Jobs">Unfinished jobs in the store.</param>
/// <param name="Found">Unfinished jobs that the started server counts.</param>
/// <param name="StoreBytes">The file and its log when the server was killed.</param>
/// <param name="ToOpen">Process start to store opened, checked and owned, and HTTP listening.</param>
/// <param name="ToLoaded">From there to every row in memory.</param>
/// <param name="Whole">Process start to the line that says it listens.</param>
/// <param name="ToAcknowledgement">From there to the first submission acknowledged.</param>
/// <param name="Resident">Resident memory after that.</param>
/// <param name="Peak">The most resident memory until then.</param>
internal sealed record RecoveryRun(
    long Jobs,
    long Found,
    long StoreBytes,
    double ToOpen,
    double ToLoaded,
    double Whole,
    double ToAcknowledgement,
    long Resident,
    long Peak
);
