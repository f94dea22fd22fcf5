using System.Globalization;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Tests.Server;
using Headrace.Tests.Worker.Commands;
using Headrace.Worker.Processes;
using Headrace.Worker.Ranks;
using Xunit;

namespace Headrace.Tests.Worker.Ranks;

[Trait("Needs", "Servers")]
public sealed class OpenMpiLaunchTests() : LaunchTests("openmpi");

[Trait("Needs", "Servers")]
public sealed class MpichLaunchTests() : LaunchTests("mpich");

/// <summary>
/// Starts the ranks of a program for each job, with a real launcher, worker loop and broker. <see cref="MpiProgram"/>
/// provides the programs.
/// </summary>
public abstract class LaunchTests(string implementation)
{
    [Fact]
    public async Task Rank_0_returns_the_result_of_all_ranks()
    {
        await using var scene = await StartAsync("sum");

        Assert.Equal("2 1\n", (await scene.RunAsync("m")).Result);
    }

    [Fact]
    public void The_program_is_linked_to_the_library_of_its_compiler() =>
        Assert.Equal(implementation, LinkedLibrary.Of(MpiProgram.Of(implementation))!.Value.Library.ToWireName());

    [Fact]
    public async Task A_job_occupies_one_slot_for_each_rank()
    {
        await using var scene = await StartAsync("sum");

        Assert.Equal(2u, Assert.Single(scene.Worker.App.Builders).Offer.Slots);
    }

    [Fact]
    public async Task What_the_ranks_print_is_in_the_log_with_their_numbers_and_does_not_mix_with_the_result()
    {
        await using var scene = await StartAsync("print");

        var (row, result) = await scene.RunAsync("m");

        Assert.Equal("result", result);
        var lines = (await scene.LogOfAsync(row.Job.Id)).Split('\n');
        Assert.Equal(["[0] error of 0", "[0] second line of 0"], StartingWith("[0]"));
        Assert.Equal(
            ["[1] error of 1", "[1] output of 1", "[1] second line of 1"],
            StartingWith("[1]").Order(StringComparer.Ordinal)
        );

        IEnumerable<string> StartingWith(string rank) =>
            lines.Where(line => line.StartsWith(rank, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_rank_finds_the_trace_of_the_job_in_the_environment()
    {
        await using var scene = await StartAsync("trace");
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

        var (row, _) = await scene.Worker.EndOfAsync(
            await scene.Worker.SubmitAsync("m", with: spec => spec with { Traceparent = Trace })
        );

        var log = await scene.LogOfAsync(row.Job.Id);
        Assert.Contains($"[0] {Trace[..36]}", log, StringComparison.Ordinal);
        Assert.Contains($"[1] {Trace[..36]}", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rank_0_receives_the_body()
    {
        await using var scene = await StartAsync("echo");
        var body = string.Concat(Enumerable.Repeat("line of the body\n", 20_000));

        Assert.Equal(body, (await scene.RunAsync("m", body: body)).Result);
    }

    [Fact]
    public async Task A_file_in_the_scratch_folder_can_be_the_result()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.MapProgram(
            "m",
            "",
            $$"""
            "argv": ["{{MpiProgram.Of(implementation)}}", "file", "{output}"], "output": "file:out",
            "mpi": { "ranks": 2 },
            """
        );
        await scene.Worker.JoinAsync(slots: 2);

        Assert.Equal("written by rank 0 of 2", (await scene.RunAsync("m")).Result);
    }

    [Fact]
    public async Task A_missing_output_fails_the_job()
    {
        await using var scene = await StartAsync("sum", """ "output": "file:out", """);

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal(
            ("NoResult", "The program exited with code 0, but it did not write the file out."),
            (row.Error!.Type, row.Error.Message)
        );
    }

    [Fact]
    public async Task A_rank_that_exits_with_a_code_ends_the_job_as_the_manifest_says()
    {
        await using var scene = await StartAsync("exit", """ "exitCodes": { "3": "reject" }, """);

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal(
            (
                FailReason.Rejected,
                implementation == "openmpi"
                    ? "The program exited with code 3 on rank 1: bad input"
                    : "The program exited with code 3; rank 1 wrote: bad input"
            ),
            (row.Reason, row.Error!.Message)
        );
        await NothingIsLeftAsync(scene);
    }

    [Fact]
    public async Task The_banner_of_the_launcher_is_not_the_error()
    {
        await using var scene = await StartAsync("silent");

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal(
            implementation == "openmpi"
                ? "The program exited with code 3 on rank 1."
                : "The program exited with code 3.",
            row.Error!.Message
        );
    }

    [Fact]
    public async Task The_last_line_of_a_rank_that_calls_MPI_Abort_is_the_error()
    {
        await using var scene = await StartAsync("abort");

        var (row, _) = await scene.RunAsync("m");

        // Open MPI may end the ranks before its message, which names the rank, has reached the launcher.
        string[] words = ["The program exited with code 3 on rank 1: bad input"];
        if (implementation == "openmpi")
            words = [.. words, "The program exited with code 3; rank 1 wrote: bad input"];
        Assert.Contains(row.Error!.Message, words);
    }

    [Fact]
    public async Task A_rank_that_a_signal_ends_has_crashed_and_its_job_becomes_poison()
    {
        await using var scene = await StartAsync("crash");

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal((FailReason.Poison, 2), (row.Reason, row.Job.Status.WorkerCrashes));
        Assert.StartsWith("The program was terminated by SIGSEGV", row.Error!.Message, StringComparison.Ordinal);
        await NothingIsLeftAsync(scene);
    }

    [Fact]
    public async Task A_rank_that_hangs_while_the_others_end_is_named_when_the_time_limit_stops_it()
    {
        await using var scene = await StartAsync("hang", """ "timeLimit": "4s", "stopGrace": "1s", """);

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal(
            (
                "TimeLimit",
                "The job exceeded its time limit of 4s, set by m@1. 1 of 2 ranks had ended; still running: 1."
            ),
            (row.Error!.Type, row.Error.Message)
        );
        await NothingIsLeftAsync(scene);
    }

    [Fact]
    public async Task A_cancelled_job_ends_with_all_its_ranks()
    {
        await using var scene = await StartAsync("wait", """ "stopGrace": "2s", """);
        var id = await scene.SubmitAsync("m");
        var ranks = await RanksAsync(scene);

        await scene.Worker.SendAsync(new Command.Cancel(id));
        var (row, _) = await scene.Worker.EndOfAsync(id);

        Assert.Equal(JobState.Cancelled, row.Job.Status.State);
        foreach (var rank in ranks)
            await ProgramScene.GoneAsync(rank);
        await NothingIsLeftAsync(scene);
    }

    [Theory]
    [InlineData("rank 0")]
    [InlineData("rank 1")]
    [InlineData("mpiexec")]
    public async Task After_a_kill_the_job_has_crashed_and_nothing_is_left(string victim)
    {
        await using var scene = await StartAsync("wait");
        var id = await scene.SubmitAsync("m");
        var all = new List<int>();
        // After its first crash, the job runs alone. It fails after it has crashed twice while running alone.
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var ranks = await RanksAsync(scene);
            File.Delete(Path.Combine(scene.Folder, "rank.0"));
            File.Delete(Path.Combine(scene.Folder, "rank.1"));
            all.AddRange(ranks);
            _ = Libc.Kill(victim == "mpiexec" ? Launcher(ranks[0]) : ranks[victim[^1] - '0'], Libc.SigKill);
        }
        var (row, _) = await scene.Worker.EndOfAsync(id);

        Assert.Equal(FailReason.Poison, row.Reason);
        Assert.StartsWith("The program was terminated by SIGKILL", row.Error!.Message, StringComparison.Ordinal);
        foreach (var rank in all)
            await ProgramScene.GoneAsync(rank);
        await NothingIsLeftAsync(scene);
    }

    [Fact]
    public async Task A_missing_program_fails_the_job_with_the_reason()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.MapProgram(
            "m",
            "/nowhere/program",
            $$"""
            "mpi": { "ranks": 2, "implementation": "{{implementation}}" },
            """
        );
        await scene.Worker.JoinAsync(slots: 2);

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal("NotStarted", row.Error!.Type);
        Assert.StartsWith(
            "The program /nowhere/program could not be started: No such file or directory.",
            row.Error.Message,
            StringComparison.Ordinal
        );
    }

    private async Task<ProgramScene> StartAsync(string what, string more = "")
    {
        var scene = await ProgramScene.StartAsync();
        MpiProgram.Map(scene, implementation, what, more);
        await scene.Worker.JoinAsync(slots: 2);
        return scene;
    }

    private static async Task<int[]> RanksAsync(ProgramScene scene) =>
        [await scene.ProcessAsync("rank.0"), await scene.ProcessAsync("rank.1")];

    /// <summary>Returns the launcher of a rank: the leader of its session.</summary>
    internal static int Launcher(int rank)
    {
        while (!ProcFs.Arguments(rank)[0].Contains("mpiexec", StringComparison.Ordinal))
            rank = int.Parse(ProcFs.Stat(rank)[1], CultureInfo.InvariantCulture);
        return rank;
    }

    internal static async Task NothingIsLeftAsync(ProgramScene scene)
    {
        await Eventually.HoldsAsync("the end of every process", () => !scene.Executing().Any());
        await Eventually.HoldsAsync("the end of shared memory", () => !scene.SharedMemory().Any());
    }
}
