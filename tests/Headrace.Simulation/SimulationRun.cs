namespace Headrace.Simulation;

/// <summary>The result of running one schedule.</summary>
internal sealed record RunResult(int Seed, Step[] Schedule, string? Fault, int BrokerSteps, int Acknowledged);

/// <summary>Runs schedules, and shrinks a failing schedule to the shortest one that still fails.</summary>
internal static class SimulationRun
{
    public static RunResult RunSeed(int seed, int commands, bool invariants) =>
        RunSchedule(seed, Schedules.Generate(seed, commands), invariants);

    public static RunResult RunSchedule(int seed, Step[] schedule, bool invariants, Action<string>? trace = null)
    {
        var world = new World(Swarm.Draw(seed), invariants) { Trace = trace };
        string? fault = null;
        try
        {
            world.Run(schedule);
        }
        catch (Exception broken)
            when (broken
                    is SimulationFaultException
                        or InvalidOperationException
                        or NullReferenceException
                        or KeyNotFoundException
                        or ArgumentException
            )
        {
            fault = broken is SimulationFaultException ? broken.Message : broken.ToString();
        }
        return new RunResult(seed, schedule, fault, world.Server.Steps, world.Oracle.Acknowledged);
    }

    /// <summary>
    /// Repeatedly removes parts of the schedule, in decreasing size, as long as the schedule still fails.
    /// </summary>
    public static RunResult Shrink(RunResult failing, bool invariants)
    {
        var best = failing;
        for (var part = Math.Max(1, best.Schedule.Length / 2); part >= 1; part /= 2)
        {
            for (var at = 0; at < best.Schedule.Length;)
            {
                Step[] without =
                [
                    .. best.Schedule.AsSpan(0, at),
                    .. best.Schedule.AsSpan(Math.Min(at + part, best.Schedule.Length)),
                ];
                var tried = RunSchedule(failing.Seed, without, invariants);
                if (tried.Fault is not null)
                    best = tried;
                else
                    at += part;
            }
        }
        return best;
    }
}
