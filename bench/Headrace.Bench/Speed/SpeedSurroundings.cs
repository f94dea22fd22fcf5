using System.Globalization;

namespace Headrace.Bench.Speed;

/// <summary>The conditions under which a row was measured, recorded in the same run.</summary>
internal sealed record SpeedSurroundings(
    string Date,
    string Machine,
    string Storage,
    DiskProbe Before,
    DiskProbe After,
    bool ServerGc,
    int Workers,
    int Rounds,
    bool InTurn
)
{
    public string Describe =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {Date}, {Machine}

            Store: {Storage}. One sync of 4 KB appended on that disk, before and after:
            p50 {Before.P50:0.00} and {After.P50:0.00} ms, p99 {Before.P99:0.00} and {After.P99:0.00} ms.
            {Workers} worker processes of one slot each; the load is a separate process and uses HTTP/1.1 on loopback
            TCP. GC: {(ServerGc ? "server" : "workstation")}, concurrent.
            {(
                InTurn
                    ? "The rows take turns within each round. After an uncounted round,"
                    : "Each row has its own server, workers and store. After an uncounted round of the same load,"
            )}
            {Rounds} rounds are measured. The figures are median (minimum–maximum).
            """
        );
}
