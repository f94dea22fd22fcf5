using Headrace.Mpi;
using Headrace.MpiConformance;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Mpi;

/// <summary>Tests the behaviour that the binding must have with every library.</summary>
public abstract class MpiConformance(string launcher, MpiImplementation implementation) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Report => Path.Combine(_folder.Path, "report");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Ranks_that_are_processes_pass_all_checks(int ranks)
    {
        var run = await MpiProgram.RunAsync(launcher, ranks, ["check", Report]);

        var lines = File.Exists(Report) ? await File.ReadAllLinesAsync(Report, Cancelled) : [];
        Assert.True(run.Code == 0, string.Join('\n', [.. lines.TakeLast(5), run.Out, run.Error]));
        Assert.Empty(Check.All.Select(check => check.Name).Except(lines));
        Assert.Equal($"passed {lines.Length - 1} checks with {ranks} ranks of {implementation}", lines[^1]);
    }

    [Fact]
    public async Task Messages_of_more_than_two_to_the_31_bytes_arrive()
    {
        var run = await MpiProgram.RunAsync(launcher, 2, ["large", Report]);

        var lines = File.Exists(Report) ? await File.ReadAllLinesAsync(Report, Cancelled) : [];
        Assert.True(run.Code == 0, string.Join('\n', [.. lines.TakeLast(5), run.Out, run.Error]));
        Assert.Equal($"passed 2 checks with 2 ranks of {implementation}", lines[^1]);
    }

    [Fact]
    public async Task A_rank_that_waits_in_a_probe_uses_little_of_a_core()
    {
        var run = await MpiProgram.RunAsync(launcher, 2, ["idle", "4", Report]);

        Assert.True(run.Code == 0, run.Out + run.Error);
        // A rank that polls continuously uses at least the share of a core that a busy machine gives it. The waiting
        // rank uses 0.05 s, and the runtime's JIT compiler may add the same amount.
        var used = double.Parse(
            await File.ReadAllTextAsync(Report, Cancelled),
            System.Globalization.CultureInfo.InvariantCulture
        );
        Assert.InRange(used, 0, 0.4);
    }

    [Fact]
    public async Task A_rank_that_never_shuts_down_does_not_keep_the_others()
    {
        var run = await MpiProgram.RunAsync(launcher, 2, ["hang"]);

        Assert.NotEqual(0, run.Code);
        Assert.Contains("MPI did not shut down within 1 s, so this rank exits.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_abort_ends_all_ranks_with_its_exit_code()
    {
        var run = await MpiProgram.RunAsync(launcher, 2, ["abort"]);

        Assert.Equal(9, run.Code);
    }

    [Fact]
    public async Task A_library_of_another_launcher_is_an_error_that_names_the_right_launcher()
    {
        var other = MpiProgram.Launchers.Single(name => name != launcher);
        var run = await MpiProgram.RunAsync(
            other,
            2,
            ["check", Report],
            ("HEADRACE_MPI", implementation == MpiImplementation.OpenMpi ? "openmpi" : "mpich"),
            ("HEADRACE_RANKS", "2")
        );

        Assert.NotEqual(0, run.Code);
        Assert.Contains("The launcher started 2 ranks, but ", run.Error, StringComparison.Ordinal);
        Assert.Contains($" reports 1. ", run.Error, StringComparison.Ordinal);
        Assert.Contains($"start the program with {launcher}", run.Error, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;
}
