namespace Headrace.Bench.Speed;

/// <summary>The CPU time in microseconds and the number of allocated bytes for each process.</summary>
internal sealed record ResourceUse(
    double ServerMicros,
    double WorkerMicros,
    double LoadMicros,
    long ServerBytes,
    long WorkerBytes,
    long LoadBytes
)
{
    public double Micros => ServerMicros + WorkerMicros + LoadMicros;

    public static ResourceUse operator -(ResourceUse after, ResourceUse before) =>
        new(
            after.ServerMicros - before.ServerMicros,
            after.WorkerMicros - before.WorkerMicros,
            after.LoadMicros - before.LoadMicros,
            after.ServerBytes - before.ServerBytes,
            after.WorkerBytes - before.WorkerBytes,
            after.LoadBytes - before.LoadBytes
        );
}
