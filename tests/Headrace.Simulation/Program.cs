using Headrace.Simulation;

// Usage:
//   simulation [--seeds N] [--from SEED] [--commands N] [--no-invariants]
//     Runs schedules. If one fails, prints the first failure in its shortest form and exits with 1.
//   simulation --replay SEED [--commands N]
//     Prints a trace of the shortest failing schedule of a seed.
var settings = args.Select((arg, i) => (arg, next: i + 1 < args.Length ? args[i + 1] : ""))
    .Where(a => a.arg.StartsWith("--", StringComparison.Ordinal))
    .ToDictionary(a => a.arg, a => a.next);
int Number(string name, int otherwise) =>
    settings.TryGetValue(name, out var text)
        ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)
        : otherwise;

var commands = Number("--commands", 1_000);
if (settings.ContainsKey("--replay"))
    return Replay(SimulationRun.RunSeed(Number("--replay", 0), commands, invariants: true), invariants: true);

var (from, seeds, invariants) = (
    Number("--from", 1),
    Number("--seeds", 1_000),
    !settings.ContainsKey("--no-invariants")
);
var histogram = new long[Enum.GetValues<StepKind>().Length];
long brokerSteps = 0,
    acknowledged = 0;
RunResult? failed = null;
var started = TimeProvider.System.GetTimestamp();
Parallel.For(
    from,
    from + seeds,
    (seed, loop) =>
    {
        var outcome = SimulationRun.RunSeed(seed, commands, invariants);
        foreach (var step in outcome.Schedule)
            Interlocked.Increment(ref histogram[(int)step.Kind]);
        Interlocked.Add(ref brokerSteps, outcome.BrokerSteps);
        Interlocked.Add(ref acknowledged, outcome.Acknowledged);
        if (outcome.Fault is null)
            return;
        lock (histogram)
            if (failed is null || outcome.Seed < failed.Seed)
                failed = outcome;
        loop.Break();
    }
);
var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
if (failed is not null)
    return Replay(failed, invariants);

Console.WriteLine(
    $"Ran {seeds} schedules of {commands} commands each (seeds {from} to {from + seeds - 1}, invariants "
        + $"{(invariants ? "on" : "off")}) in {seconds:0.0} s and found no faults."
);
Console.WriteLine(
    $"{brokerSteps} broker steps, {brokerSteps / seconds:0} per second; {acknowledged} jobs acknowledged, "
        + "each of which ended exactly once."
);
foreach (var kind in Enum.GetValues<StepKind>())
    Console.WriteLine(
        $"  {kind,-18}{histogram[(int)kind],12}{histogram[(int)kind] / (double)seeds,10:0.00} per schedule"
    );
return 0;

static int Replay(RunResult failed, bool invariants)
{
    if (failed.Fault is null)
    {
        Console.WriteLine($"Seed {failed.Seed} does not fail.");
        return 0;
    }
    var shortest = SimulationRun.Shrink(failed, invariants);
    Console.WriteLine(
        $"Seed {failed.Seed} fails; {shortest.Schedule.Length} of its {failed.Schedule.Length} commands "
            + "reproduce the failure:"
    );
    SimulationRun.RunSchedule(shortest.Seed, shortest.Schedule, invariants, line => Console.WriteLine($"  {line}"));
    Console.WriteLine(shortest.Fault);
    return 1;
}
