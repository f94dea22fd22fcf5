using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>The jobs that a simulated worker holds. This class starts them, and ends them in various ways.</summary>
internal sealed class SimRuns(World world, SimWorker worker, SimSlots slots, SimLease lease)
{
    /// <summary>The jobs that the worker holds until their outcomes are acknowledged.</summary>
    public List<SimHeldJob> Held { get; } = [];

    /// <summary>Returns true if an attempt of this job other than the given one is running.</summary>
    public bool IncludeOther(LeaseToken attempt) =>
        Held.Exists(h => h.Lease.Job == attempt.Job && h.Lease != attempt && h is { Started: true, Outcome: null });

    /// <summary>Ends all running jobs successfully.</summary>
    public void EndAll()
    {
        foreach (var heldJob in Held)
            if (heldJob is { Started: true, Outcome: null, Submission: null })
                End(heldJob, SuccessOf(heldJob));
    }

    /// <summary>
    /// Ends the exclusive runs before their lease ends (R11). After that, the jobs can be released or, if they must not
    /// run twice, failed.
    /// </summary>
    public void EndExclusive()
    {
        foreach (var heldJob in Held)
            if (heldJob is { Exclusive: true, Started: true, Outcome: null })
                End(heldJob, LossOf(heldJob));
    }

    /// <summary>
    /// Starts jobs in the order in which they were granted, until the next one needs more slots than are free.
    /// </summary>
    public void Start()
    {
        var running = Held.Where(h => h is { Started: true, Outcome: null }).ToList();
        foreach (var heldJob in Held)
        {
            if (heldJob.Started || heldJob.Outcome is not null)
                continue;
            if (slots.OccupiedBy([.. running, heldJob]) > slots.Count)
                break;
            if (heldJob.Exclusive && !lease.AllowsExclusiveStart)
                continue;
            // Suspects that were granted together run together, but without any other job (R10).
            if (Held.Exists(h => h is { Started: true, Outcome: null } && h.Isolated != heldJob.Isolated))
                continue;
            heldJob.Started = true;
            running.Add(heldJob);
            world.Trace?.Invoke($"{worker.Name} starts {heldJob.Lease}");
            world.Oracle.OnAttemptStarted(worker.Identity, heldJob.Lease);
            world.Dispatch.OnStarted(heldJob.Lease, heldJob.Method);
            if (heldJob.Exclusive)
                world.Exclusive.OnStarted(worker, heldJob.Lease);
        }
    }

    public void Finish(int detail)
    {
        var running = Held.Where(h => h is { Started: true, Outcome: null } && (!IsLong(h) || detail % 16 == 0))
            .ToList();
        if (running.Count == 0)
            return;
        var heldJob = running[detail % running.Count];
        if (IsCulprit(heldJob))
        {
            CrashProcess((detail >> 8) % 3 == 0 ? [heldJob] : running);
            return;
        }
        if ((detail >> 8) % 12 > 2 && heldJob.Submission is not null)
            return;
        End(
            heldJob,
            ((detail >> 8) % 12) switch
            {
                0 => new Outcome(heldJob.Lease, OutcomeKind.Failed) { Error = new JobError("E", "simulated") },
                1 => new Outcome(heldJob.Lease, OutcomeKind.Rejected) { Error = new JobError("R", "simulated") },
                2 => new Outcome(heldJob.Lease, OutcomeKind.TimedOut),
                _ => SuccessOf(heldJob),
            }
        );
    }

    /// <summary>Ends a process in which the worker runs some of its jobs. The worker survives.</summary>
    public void CrashProcess(int detail)
    {
        var running = Held.Where(h => h is { Started: true, Outcome: null }).ToList();
        CrashProcess([.. running.Skip((detail >> 4) % Math.Max(1, running.Count)).Take(1 + (detail % 3))]);
    }

    private void CrashProcess(List<SimHeldJob> lost)
    {
        foreach (var heldJob in lost)
            End(heldJob, new Outcome(heldJob.Lease, OutcomeKind.Crashed) { Isolated = lost.Count == 1 });
    }

    /// <summary>
    /// Returns true if the job rarely ends on its own. If all methods are exclusive, half of the jobs are long, so that
    /// they are still running when their worker's lease ends.
    /// </summary>
    private bool IsLong(SimHeldJob heldJob) => world.Swarm.Population.AllExclusive && heldJob.Lease.Job.Value % 2 == 0;

    /// <summary>Returns true if the job crashes its process. In schedules without such crashes, no job does.</summary>
    private bool IsCulprit(SimHeldJob heldJob) =>
        world.Swarm.Population.Kinds.Contains(StepKind.ProcessCrashes) && heldJob.Lease.Job.Value % 6 == 0;

    public void Release(int detail)
    {
        if (detail % 4 == 0 && Held.Find(h => h is { Started: false, Outcome: null }) is { } heldJob)
            End(heldJob, new Outcome(heldJob.Lease, OutcomeKind.Released));
    }

    public void End(SimHeldJob heldJob, Outcome outcome)
    {
        heldJob.Outcome = outcome;
        world.Dispatch.OnEnded(heldJob.Lease, outcome.Kind);
        world.Trace?.Invoke($"{worker.Name} ends {heldJob.Lease}: {outcome.Kind}");
        if (outcome.Kind == OutcomeKind.Crashed)
            world.Crashes.OnProcessCrashed(heldJob.Lease, heldJob.Method, outcome.Isolated, heldJob.Isolated);
        if (outcome.Kind != OutcomeKind.Succeeded)
            world.Oracle.AllowRerun(heldJob.Lease);
    }

    /// <summary>
    /// Returns the outcome of an attempt whose method has succeeded. It must not succeed if it is unknown whether the
    /// server has accepted its children.
    /// </summary>
    private Outcome SuccessOf(SimHeldJob heldJob) =>
        heldJob.IsUnsettled
            ? LossOf(heldJob)
            : new Outcome(heldJob.Lease, OutcomeKind.Succeeded)
            {
                Result = System.Text.Encoding.UTF8.GetBytes(Oracle.ResultOf(heldJob.Lease, worker.Identity)),
                ContentType = "text/plain",
            };

    private static Outcome LossOf(SimHeldJob heldJob) =>
        new(
            heldJob.Lease,
            Population.MustNotRunTwice(heldJob.Method) ? OutcomeKind.Lost : OutcomeKind.Released
        );

    public void ReleaseUnstarted()
    {
        foreach (var heldJob in Held)
            if (heldJob is { Started: false, Outcome: null })
                End(heldJob, new Outcome(heldJob.Lease, OutcomeKind.Released));
    }

    public void ReleaseTooLarge()
    {
        foreach (var heldJob in Held)
            if (heldJob is { Started: false, Outcome: null } && heldJob.Slots > slots.Count)
                End(heldJob, new Outcome(heldJob.Lease, OutcomeKind.Released));
    }
}
