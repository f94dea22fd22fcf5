using System.Globalization;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Server;
using Headrace.Tests.Worker.Commands;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;
using Headrace.Worker.Processes;
using Xunit;

namespace Headrace.Tests.Worker.Ranks;

[Trait("Needs", "Servers")]
public sealed class OpenMpiGroupTests() : GroupTests("openmpi");

[Trait("Needs", "Servers")]
public sealed class MpichGroupTests() : GroupTests("mpich");

/// <summary>
/// Runs jobs in a warm rank group, with a real launcher, worker loop and broker. The ranks follow the instructions in
/// the job bodies (<c>group-program.c</c>).
/// </summary>
public abstract class GroupTests(string implementation)
{
    private WorkerLoop? _loop;
    private Task<WorkerStep.Exit>? _ends;

    [Fact]
    public async Task A_group_runs_one_job_after_another_with_the_same_ranks()
    {
        await using var scene = await StartAsync();

        var first = await RanksAsync(scene);
        Assert.Equal("echo", (await scene.RunAsync("m", body: "echo")).Result);

        Assert.Equal(2, first.Length);
        Assert.Equal(first, await RanksAsync(scene));
    }

    [Fact]
    public async Task What_a_rank_prints_is_in_the_log_with_its_number()
    {
        await using var scene = await StartAsync();

        var (row, result) = await scene.RunAsync("m", body: "1 print");

        Assert.Equal("obeyed", result);
        // The ranks do not print to the pipe that carries their results, so a printed line may be assigned to the next
        // job.
        await scene.RunAsync("m", body: "echo");
        Assert.DoesNotContain("[0]", await scene.LogOfAsync(row.Job.Id), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0 segv")]
    [InlineData("1 segv")]
    [InlineData("1 exit")]
    public async Task A_rank_that_ends_costs_its_job_an_attempt_and_the_next_job_has_a_new_group(string body)
    {
        await using var scene = await StartAsync();
        var before = await RanksAsync(scene);

        var (row, _) = await scene.RunAsync("m", body: body);

        Assert.Equal((FailReason.Poison, "Crashed", 2), (row.Reason, row.Error!.Type, row.Job.Status.WorkerCrashes));
        Assert.Empty(before.Intersect(await RanksAsync(scene)));
        foreach (var rank in before)
            await ProgramScene.GoneAsync(rank);
    }

    [Theory]
    [InlineData("1 stop")]
    [InlineData("1 livelock")]
    public async Task A_rank_that_makes_no_progress_is_noticed_within_ten_seconds(string body)
    {
        await using var scene = await StartAsync(more: """ "stopGrace": "100ms", """);
        var before = await RanksAsync(scene);
        var id = await scene.SubmitAsync("m", body: body);

        await Eventually.HoldsAsync(
            "the end of the group",
            () => !before.Any(OsProcess.Runs),
            Eventually.WithProcesses
        );

        await scene.Worker.SendAsync(new Command.Cancel(id));
        await scene.Worker.EndOfAsync(id);
        Assert.Equal("echo", (await scene.RunAsync("m", body: "echo")).Result);
    }

    [Fact]
    public async Task Killing_the_launcher_ends_the_ranks_and_the_next_job_runs()
    {
        await using var scene = await StartAsync();
        var before = await RanksAsync(scene);

        _ = Libc.Kill(LaunchTests.Launcher(before[0]), Libc.SigKill);

        Assert.Equal("echo", (await scene.RunAsync("m", body: "echo")).Result);
        foreach (var rank in before)
            await ProgramScene.GoneAsync(rank);
    }

    [Fact]
    public async Task A_group_that_cannot_start_fails_its_jobs_with_the_reason()
    {
        await using var scene = await StartAsync("fail");

        var (row, _) = await scene.RunAsync("m", body: "echo");

        Assert.Equal("NotStarted", row.Error!.Type);
        Assert.Contains("cannot start", row.Error.Message, StringComparison.Ordinal);
        await LaunchTests.NothingIsLeftAsync(scene);
    }

    [Fact]
    public async Task Ranks_that_run_alone_are_recognized_as_those_of_another_implementation()
    {
        await using var scene = await StartAsync("alone");

        var (row, _) = await scene.RunAsync("m", body: "echo");

        Assert.Equal("Protocol", row.Error!.Type);
        Assert.Contains(
            "says that there are 1 ranks, but 2 were started. Each rank runs alone if the program uses another "
                + "implementation of MPI than its launcher",
            row.Error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_job_that_ignores_its_cancellation_is_killed_with_the_group()
    {
        await using var scene = await StartAsync(more: """ "stopGrace": "100ms", """);
        var id = await scene.SubmitAsync("m", body: $"wait {scene.Folder}/waiting");
        var rank = await scene.ProcessAsync("waiting");

        await scene.Worker.SendAsync(new Command.Cancel(id));
        var (row, _) = await scene.Worker.EndOfAsync(id);

        Assert.Equal(JobState.Cancelled, row.Job.Status.State);
        await ProgramScene.GoneAsync(rank);
        await LaunchTests.NothingIsLeftAsync(scene);
    }

    [Fact]
    public async Task The_time_limit_of_the_method_ends_a_job_that_hangs_with_its_group_R12()
    {
        await using var scene = await StartAsync(more: """ "timeLimit": "500ms", "stopGrace": "100ms", """);
        var before = await RanksAsync(scene);

        var (row, _) = await scene.RunAsync("m", body: $"wait {scene.Folder}/waiting");

        Assert.Equal(
            (
                FailReason.Timeout,
                "TimeLimit",
                "The job exceeded its time limit of 500ms, set by m@1. The process was killed because the job did not "
                    + "stop in time."
            ),
            (row.Reason, row.Error!.Type, row.Error.Message)
        );
        Assert.Empty(before.Intersect(await RanksAsync(scene)));
        foreach (var rank in before)
            await ProgramScene.GoneAsync(rank);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hang")]
    public async Task When_the_worker_stops_the_group_ends_and_leaves_nothing(string mode)
    {
        await using var scene = await StartAsync(mode, """ "stopGrace": "1s", """);
        var ranks = await RanksAsync(scene);

        _loop!.Drain("the test stops it.");
        await scene.Worker.WithinDeadline("the end of the worker", _ends!);

        foreach (var rank in ranks)
            await ProgramScene.GoneAsync(rank);
        await LaunchTests.NothingIsLeftAsync(scene);
    }

    private async Task<ProgramScene> StartAsync(string mode = "", string more = "")
    {
        var scene = await ProgramScene.StartAsync();
        scene.MapProgram(
            "m",
            "",
            $$"""
            {{more}} "argv": ["{{MpiProgram.GroupOf(implementation)}}", "{{mode}}"], "params": {},
            "mpi": { "ranks": 2 }, "warm": {},
            """
        );
        (_loop, _ends) = await scene.Worker.JoinAsync(slots: 2);
        return scene;
    }

    /// <summary>Returns the process ids of the ranks.</summary>
    private static async Task<int[]> RanksAsync(ProgramScene scene) =>
        [
            .. (await scene.RunAsync("m", body: "pids"))
                .Result.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture)),
        ];
}
