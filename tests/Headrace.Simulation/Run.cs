namespace Headrace.Simulation;

/// <summary>The result of running one schedule.</summary>
internal sealed record RunResult(int Seed, Step[] Schedule, string? Fault, int BrokerSteps, int Acknowledged);

/// <summary>Runs schedules, and shrinks a failing schedule to the shortest one that still fails.</summary>
internal static class Run
{
    public static RunResult Seed(int seed, int commands, bool invariants) =>
        Schedule(seed, Schedules.Draw(seed, commands), invariants);

    public static RunResult Schedule(int seed, Step[] schedule, bool invariants, Action<string>? tell = null)
    {
        var world = new World(invariants) { Tell = tell };
        string? fault = null;
        try
        {
            world.Run(schedule);
        }
        catch (Exception broken)
            when (broken
                    is SimulationFault
                        or InvalidOperationException
                        or NullReferenceException
                        or KeyNotFoundException
                        or ArgumentException
            )
        {
            fault = broken is SimulationFault ? broken.Message : broken.ToString();
        }
        return new RunResult(seed, schedule, fault, world.Server.Steps, world.Oracle.Acknowledged);
    }

    /// <summary>Removes smaller and smaller parts of the schedule while it still fails.</summary>
    public static RunResult Shrink(RunResult failing)
    {
        var best = failing;
        for (var part = Math.Max(1, best.Schedule.Length / 2); part >= 1; part /= 2)
        {
            for (var at = 0; at < best.Schedule.Length; )
            {
                Step[] without =
                [
                    .. best.Schedule.AsSpan(0, at),
                    .. best.Schedule.AsSpan(Math.Min(at + part, best.Schedule.Length)),
                ];
                var tried = Schedule(failing.Seed, without, invariants: true);
                if (tried.Fault is not null)
                    best = tried;
                else
                    at += part;
            }
        }
        return best;
    }
}
