using Headrace.Worker.Manifests;
using Headrace.Worker.Ranks;
using Xunit;

namespace Headrace.Tests.Worker.Ranks;

public sealed class RankPlannerTests
{
    private static readonly FakeMachine Both = new() { Programs = ["mpiexec.openmpi", "mpiexec.mpich"] };

    [Theory]
    [InlineData("openmpi", "/bin/mpiexec.openmpi")]
    [InlineData("mpich", "/bin/mpiexec.mpich")]
    public void With_two_implementations_on_the_PATH_the_launcher_fits_the_program(string library, string launcher)
    {
        var linked = Library(library);
        var (plan, _) = Plan(Fixed(2), Both with { Link = (linked, "libmpi") });

        Assert.Equal((launcher, linked, 2), (plan!.Launcher, plan.Library!.Value, plan.Ranks));
    }

    [Theory]
    [InlineData(new[] { "mpiexec.openmpi", "mpiexec.mpich" }, "/bin/mpiexec.openmpi")]
    [InlineData(new[] { "mpiexec.mpich" }, "/bin/mpiexec.mpich")]
    // These are the launcher names outside Debian.
    [InlineData(new[] { "orterun", "mpiexec" }, "/bin/orterun")]
    [InlineData(new[] { "mpiexec.hydra", "mpiexec" }, "/bin/mpiexec.hydra")]
    public void A_program_that_is_linked_to_neither_library_gets_the_launcher_that_is_installed(
        string[] installed,
        string launcher
    ) => Assert.Equal(launcher, Plan(Fixed(2), Both with { Programs = installed }).Plan!.Launcher);

    [Theory]
    [InlineData("openmpi", "mpiexec.openmpi", "Install Open MPI: apt install openmpi-bin")]
    [InlineData("mpich", "mpiexec.mpich", "Install MPICH: apt install mpich")]
    [InlineData("auto", "mpiexec.openmpi or mpiexec.mpich", "Install Open MPI or MPICH: apt install openmpi-bin")]
    [InlineData("srun", "srun", "Install it: apt install slurm-client")]
    public void Without_the_launcher_the_reason_names_the_package(string choice, string program, string remedy)
    {
        var (plan, reason) = Plan(
            Fixed(2) with
            {
                Implementation = ManifestMpi.Implementations[choice],
            },
            Both with
            {
                Programs = [],
            }
        );

        Assert.Null(plan);
        Assert.Equal($"{program} is not on the PATH of the worker. {remedy}", reason);
    }

    [Fact]
    public void A_program_of_the_other_library_is_refused_because_each_rank_would_run_alone()
    {
        var (plan, reason) = Plan(
            Fixed(2) with
            {
                Implementation = MpiChoice.Mpich,
            },
            Both with
            {
                Link = (MpiLibrary.OpenMpi, "libmpi.so.40"),
            }
        );

        Assert.Null(plan);
        Assert.StartsWith(
            "The program /x/program is linked to libmpi.so.40 of Open MPI, but the manifest names the implementation "
                + "\"mpich\". Each rank would run alone.",
            reason,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(64, 16)]
    public void Within_a_range_the_slots_of_the_worker_decide(int slots, int ranks)
    {
        var (plan, reason) = Plan(Range(2, 16), Both with { Slots = slots, Cores = 64 });

        Assert.Equal(ranks, plan?.Ranks ?? 0);
        Assert.Equal(
            ranks > 0
                ? ""
                : "The method needs at least 2 ranks, but the worker has 1 slots. Start the worker with --slots 2 or "
                    + "more.",
            reason
        );
    }

    [Fact]
    public void A_fixed_number_above_the_slots_is_offered_so_that_the_server_can_explain_it() =>
        Assert.Equal(4, Plan(Fixed(4), Both with { Slots = 1 }).Plan!.Ranks);

    [Fact]
    public void More_ranks_of_MPICH_than_cores_are_refused_with_the_reason()
    {
        var (plan, reason) = Plan(
            Fixed(4) with
            {
                Implementation = MpiChoice.Mpich,
            },
            Both with
            {
                Cores = 2,
                Slots = 8,
            }
        );

        Assert.Null(plan);
        Assert.Equal(
            "The method needs 4 ranks, but the worker may use only 2 cores. MPICH is hundreds of times slower with "
                + "more ranks than cores. Use fewer ranks, a machine with more cores, or Open MPI.",
            reason
        );
    }

    [Fact]
    public void A_lack_of_cores_precedes_a_lack_of_slots_which_would_suggest_more_slots() =>
        Assert.StartsWith(
            "The method needs 3 ranks, but the worker may use only 2 cores.",
            Plan(Range(3, 5) with { Implementation = MpiChoice.Mpich }, Both with { Cores = 2, Slots = 2 }).Reason,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_range_of_ranks_of_MPICH_ends_at_the_number_of_cores() =>
        Assert.Equal(
            3,
            Plan(Range(2, 16) with { Implementation = MpiChoice.Mpich }, Both with { Cores = 3, Slots = 8 }).Plan!.Ranks
        );

    [Fact]
    public void Open_MPI_may_have_more_ranks_than_cores() =>
        Assert.Equal(
            8,
            Plan(Fixed(8) with { Implementation = MpiChoice.OpenMpi }, Both with { Cores = 2 }).Plan!.Ranks
        );

    [Fact]
    public void Srun_needs_an_allocation()
    {
        var machine = Both with { Programs = ["srun"] };
        var options = Fixed(2) with { Implementation = MpiChoice.Srun };

        Assert.StartsWith(
            "The worker does not run inside a Slurm allocation",
            Plan(options, machine).Reason,
            StringComparison.Ordinal
        );
        Assert.True(Plan(options, machine with { IsInAllocation = true }).Plan!.IsSrun);
    }

    [Theory]
    [InlineData("libmpi.so.40", "openmpi")]
    [InlineData("libmpi_mpifh.so.40", "openmpi")]
    [InlineData("libmpi_usempif08.so.40", "openmpi")]
    [InlineData("libmpich.so.12", "mpich")]
    [InlineData("libmpichfort.so.12", "mpich")]
    [InlineData("libmpi.so.12", "mpich")]
    [InlineData("libmpifort.so.12", "mpich")]
    public void A_library_is_recognized_by_its_name(string file, string library) =>
        Assert.Equal(Library(library), LinkedLibrary.LibraryNamed(file));

    [Theory]
    [InlineData("libm.so.6")]
    [InlineData("libmpifr.so.6")]
    [InlineData("libmpc.so.3")]
    public void Other_libraries_are_not_taken_for_MPI(string file) => Assert.Null(LinkedLibrary.LibraryNamed(file));

    [Fact]
    public void A_program_without_MPI_and_a_script_are_linked_to_no_implementation()
    {
        Assert.Null(LinkedLibrary.Of("/bin/sh"));
        Assert.Null(LinkedLibrary.Of("/etc/passwd"));
        Assert.Null(LinkedLibrary.Of("/nowhere"));
        Assert.Contains(ElfFile.TryRead("/bin/sh")!.Needed, name => name.StartsWith("libc.", StringComparison.Ordinal));
    }

    private static (RankPlan? Plan, string Reason) Plan(MpiOptions options, IRankMachine machine) =>
        RankPlanner.Plan(options, "/x/program", machine);

    private static MpiLibrary Library(string word) => word == "openmpi" ? MpiLibrary.OpenMpi : MpiLibrary.Mpich;

    private static MpiOptions Fixed(int ranks) => Range(ranks, ranks);

    private static MpiOptions Range(int min, int max) => new() { MinRanks = min, MaxRanks = max };

    private sealed record FakeMachine : IRankMachine
    {
        public IReadOnlyList<string> Programs { get; init; } = [];

        public (MpiLibrary Library, string File)? Link { get; init; }

        public int Slots { get; init; } = 4;

        public int Cores { get; init; } = 4;

        public bool IsInAllocation { get; init; }

        public string? Find(string program) => Programs.Contains(program) ? $"/bin/{program}" : null;

        public (MpiLibrary Library, string File)? LinkOf(string program) => Link;
    }
}
