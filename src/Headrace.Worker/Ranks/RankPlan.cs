using Headrace.Worker.Manifests;

namespace Headrace.Worker.Ranks;

/// <summary>Specifies how the ranks of a method are started on this machine.</summary>
/// <param name="Library">The library of the program; null if srun starts a program that refers to none.</param>
/// <param name="Launcher">The path of the launcher.</param>
/// <param name="IsSrun">Whether the launcher is Slurm's srun.</param>
/// <param name="Ranks">The number of ranks, which is also the number of worker slots that an attempt occupies.</param>
internal sealed record RankPlan(MpiLibrary? Library, string Launcher, bool IsSrun, int Ranks)
{
    /// <summary>Gets the name of the launcher, for display.</summary>
    public string LauncherName => IsSrun ? "Slurm" : Library?.Name() ?? "MPI";
}

/// <summary>The properties of the machine that determine the choice of a launcher.</summary>
internal interface IRankMachine
{
    /// <summary>Gets the number of slots of the worker.</summary>
    int Slots { get; }

    /// <summary>Gets the number of processor cores that the worker may use.</summary>
    int Cores { get; }

    /// <summary>Gets a value indicating whether the worker runs inside a Slurm allocation.</summary>
    bool IsInAllocation { get; }

    /// <summary>Returns the path of a program on the PATH; null if there is none.</summary>
    string? Find(string program);

    /// <summary>Returns the library that a program is linked to; null if it refers to none.</summary>
    (MpiLibrary Library, string File)? LinkOf(string program);
}

/// <summary>
/// Chooses the launcher and the number of ranks of a method. Pure, except for its queries to the machine.
/// </summary>
internal static class RankPlanner
{
    /// <summary>Returns the plan, or the reason why this worker cannot run the method, with the remedy.</summary>
    /// <param name="options">The options in the manifest.</param>
    /// <param name="program">The program: a path, or a name on the PATH.</param>
    /// <param name="machine">The machine and the worker.</param>
    public static (RankPlan? Plan, string Reason) Plan(MpiOptions options, string program, IRankMachine machine)
    {
        var path = program.Contains('/', StringComparison.Ordinal) ? program : machine.Find(program);
        var link = path is null ? null : machine.LinkOf(path);
        var asked = options.Implementation switch
        {
            MpiChoice.OpenMpi => MpiLibrary.OpenMpi,
            MpiChoice.Mpich => MpiLibrary.Mpich,
            _ => (MpiLibrary?)null,
        };
        if (asked is { } wanted && link is { } linked && linked.Library != wanted)
            return (
                null,
                $"The program {path} is linked to {linked.File} of {linked.Library.Name()}, but the manifest names the "
                    + $"implementation \"{wanted.ToWireName()}\". Each rank would run alone. Use \"auto\", or compile "
                    + $"the program with mpicc.{wanted.ToWireName()}."
            );
        return options.Implementation == MpiChoice.Srun
            ? PlanSrun(options, link?.Library, machine)
            : PlanMpiexec(options, asked ?? link?.Library, machine);
    }

    private static (RankPlan?, string) PlanSrun(MpiOptions options, MpiLibrary? library, IRankMachine machine)
    {
        if (machine.Find("srun") is not { } launcher)
            return (null, "srun is not on the PATH of the worker. Install it: apt install slurm-client");
        if (!machine.IsInAllocation)
            return (
                null,
                "The worker does not run inside a Slurm allocation (SLURM_JOB_ID is not set). Start it with salloc "
                    + "or sbatch, or use another implementation."
            );
        var (ranks, reason) = RanksWithin(options, machine.Slots);
        return (ranks > 0 ? new RankPlan(library, launcher, IsSrun: true, ranks) : null, reason);
    }

    private static (RankPlan?, string) PlanMpiexec(MpiOptions options, MpiLibrary? fixedLibrary, IRankMachine machine)
    {
        // A program that refers to neither library may work with either. Open MPI is the one that Debian's mpi4py
        // needs.
        MpiLibrary[] candidates = fixedLibrary is { } only ? [only] : [MpiLibrary.OpenMpi, MpiLibrary.Mpich];
        var installed = candidates
            .Select(library => (Library: library, Launcher: FindLauncher(library, machine)))
            .FirstOrDefault(candidate => candidate.Launcher is not null);
        if (installed.Launcher is not { } launcher)
            return (
                null,
                $"{string.Join(" or ", candidates.Select(library => library.Launchers()[0]))} is not on the PATH of "
                    + $"the worker. Install {string.Join(" or ", candidates.Select(library => library.Name()))}: apt "
                    + $"install {candidates[0].Package()}"
            );
        var library = installed.Library;
        // A waiting MPICH rank keeps its core busy, so two ranks on one core run hundreds of times slower. This reason
        // precedes a lack of slots, because more slots would not help.
        if (library == MpiLibrary.Mpich && options.MinRanks > machine.Cores)
            return (
                null,
                $"The method needs {options.MinRanks} ranks, but the worker may use only {machine.Cores} cores. "
                    + "MPICH is hundreds of times slower with more ranks than cores. Use fewer ranks, a machine "
                    + "with more cores, or Open MPI."
            );
        var (ranks, reason) = RanksWithin(options, machine.Slots);
        if (library == MpiLibrary.Mpich)
            ranks = Math.Min(ranks, machine.Cores);
        return (ranks > 0 ? new RankPlan(library, launcher, IsSrun: false, ranks) : null, reason);
    }

    private static string? FindLauncher(MpiLibrary library, IRankMachine machine) =>
        library.Launchers().Select(machine.Find).FirstOrDefault(path => path is not null);

    /// <summary>
    /// Returns the number of ranks for a worker with these slots; 0 and the reason if it has too few. A fixed number is
    /// returned even if the worker has too few slots, because the server can then tell waiting jobs how many slots they
    /// need. For a range, this is not possible, because the number could conflict with the number that another worker
    /// returns.
    /// </summary>
    private static (int Ranks, string Reason) RanksWithin(MpiOptions options, int slots) =>
        options.MinRanks == options.MaxRanks ? (options.MaxRanks, "")
        : slots >= options.MinRanks ? (Math.Min(options.MaxRanks, slots), "")
        : (
            0,
            $"The method needs at least {options.MinRanks} ranks, but the worker has {slots} slots. Start the worker "
                + $"with --slots {options.MinRanks} or more."
        );
}
