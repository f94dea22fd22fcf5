using System.Globalization;
using Headrace.Core.Jobs;
using Headrace.Tests.Server;
using Headrace.Tests.Worker.Commands;
using Xunit;

namespace Headrace.Tests.Worker.Warm;

/// <summary>
/// Tests what happens when a warm process misbehaves: its job reports the problem, the next job gets a working process,
/// and no process or file is left behind.
/// </summary>
public sealed class WarmFaultTests
{
    [Fact]
    public async Task A_process_that_fills_its_scratch_folder_is_killed_and_the_next_has_an_empty_one()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene, more: """ "maxScratch": "1MB", """);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m", body: "write 4194304");

        Assert.Equal("ScratchLimit", row.Error!.Type);
        // The worker may measure the file before it is complete.
        Assert.Matches(
            "^The program was killed because the files in its scratch folder used [0-9]{7} bytes. The scratch limit "
                + "for m@1 is 1 MB. To allow more, increase 'maxScratch' in its manifest.$",
            row.Error.Message
        );
        Assert.Equal("echo ", (await scene.RunAsync("m", body: "echo")).Result);
    }

    [Fact]
    public async Task A_process_that_uses_too_much_memory_is_killed()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene, more: """ "memory": "32MB", """);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m", body: "grow 100000000");

        Assert.Equal("MemoryLimit", row.Error!.Type);
        Assert.Equal("echo ", (await scene.RunAsync("m", body: "echo")).Result);
    }

    [Fact]
    public async Task Of_a_gigabyte_that_a_process_prints_the_tail_is_kept()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene);
        await scene.Worker.JoinAsync();

        // Writes the same amount to each output, and a tenth of that amount in log frames.
        var (row, result) = await scene.RunAsync("m", body: "flood 500000000");
        var log = await scene.LogOfAsync(row.Job.Id);

        Assert.Equal("flooded", result);
        Assert.EndsWith("f\nthe last line\n", log, StringComparison.Ordinal);
        Assert.InRange(log.Length, 32 << 10, 64 << 10);
    }

    [Fact]
    public async Task A_process_that_another_one_left_behind_ends_with_it()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene, """ "recycleAfter": 2 """);
        await scene.Worker.JoinAsync();
        await scene.RunAsync("m", body: $"daemon {scene.Folder}/left");
        var left = await scene.ProcessAsync("left");
        Assert.True(OsProcess.Runs(left), "A child process may keep running as long as its warm process does.");

        await scene.RunAsync("m", body: "pid");

        await ProgramScene.GoneAsync(left);
    }

    [Fact]
    public async Task A_process_that_forks_and_leaves_has_crashed_and_its_child_is_killed()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m", body: $"abandon {scene.Folder}/left");

        Assert.Equal((FailReason.Poison, "Crashed"), (row.Reason, row.Error!.Type));
        await ProgramScene.GoneAsync(await scene.ProcessAsync("left"));
    }

    [Fact]
    public async Task A_process_that_dies_between_two_calls_leaves_nothing_behind_although_no_call_follows()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene);
        await scene.Worker.JoinAsync();

        await scene.RunAsync("m", body: $"die-idle {scene.Folder}/left");

        await ProgramScene.GoneAsync(await scene.ProcessAsync("left"));
        await Eventually.HoldsAsync("the end of every process", () => !scene.Executing().Any());
    }

    [Fact]
    public async Task A_process_that_ignores_the_request_to_stop_is_killed_after_the_grace()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene, """ "recycleAfter": 1 """, """ "stopGrace": "100ms", """);
        await scene.Worker.JoinAsync();

        var process = await StubbornAsync(scene);

        await ProgramScene.GoneAsync(process);
        Assert.Equal("echo ", (await scene.RunAsync("m", body: "echo")).Result);
    }

    [Fact]
    public async Task A_process_that_ignores_the_request_to_stop_does_not_outlive_its_worker()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene, more: """ "stopGrace": "8s", """);
        var (loop, ends) = await scene.Worker.JoinAsync();
        var process = await StubbornAsync(scene);

        loop.OnSignal("SIGTERM");
        await scene.Worker.WithinDeadline("the exit of the worker", ends);

        Assert.False(OsProcess.Runs(process), "The worker must kill the process before the grace period has ended.");
    }

    [Fact]
    public async Task A_process_that_does_not_read_its_calls_fails_its_job_at_the_time_limit()
    {
        await using var scene = await ProgramScene.StartAsync();
        // The process answers the first frame without reading it, and does not answer anything else.
        scene.Map(
            "deaf",
            """printf '\005\000\000\000r\001\000\000\000' >&4; exec sleep 1000""",
            """ "timeLimit": "300ms", "stopGrace": "50ms", "warm": {}, """
        );
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("deaf", body: new string('x', 900_000));

        Assert.Equal("TimeLimit", row.Error!.Type);
    }

    [Fact]
    public async Task A_process_that_reads_nothing_fails_its_job_at_the_time_limit_of_the_job()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map(
            "deaf",
            """printf '\005\000\000\000r\001\000\000\000' >&4; exec sleep 1000""",
            """ "stopGrace": "50ms", "warm": {}, """
        );
        await scene.Worker.JoinAsync();

        var id = await scene.Worker.SubmitAsync(
            "deaf",
            body: new byte[900_000],
            with: spec => spec with { Retries = 0, TimeLimit = TimeSpan.FromMilliseconds(200) }
        );
        var (row, _) = await scene.Worker.AdvanceUntilAsync(
            "the end of the job",
            TimeSpan.FromMilliseconds(100),
            scene.Worker.EndOfAsync(id)
        );

        Assert.Equal((FailReason.Timeout, "TimeLimit"), (row.Reason, row.Error!.Type));
    }

    [Fact]
    public async Task A_process_that_closes_its_end_for_calls_and_lives_on_is_replaced_before_the_next_job()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene);
        await scene.Worker.JoinAsync();
        Assert.Equal("deaf", (await scene.RunAsync("m", body: "deafen")).Result);

        var (row, result) = await scene.RunAsync("m", body: "echo");

        Assert.Equal(("echo ", 1), (result, row.Job.Status.Attempt));
    }

    [Fact]
    public async Task A_process_that_closes_its_end_while_it_is_sent_a_call_has_crashed()
    {
        await using var scene = await ProgramScene.StartAsync();
        // The call does not fit into the pipe, so the worker is still writing when the process closes its end.
        scene.Map(
            "leaves",
            """
            printf '\005\000\000\000r\001\000\000\000' >&4
            head -c 1000 <&3 >/dev/null
            exec 3<&-
            exec sleep 1000
            """,
            """ "warm": {}, """
        );
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("leaves", body: new string('x', 900_000));

        Assert.Equal(
            (FailReason.Poison, "Crashed", "The process ended or closed its end of the protocol."),
            (row.Reason, row.Error!.Type, row.Error.Message)
        );
    }

    [Fact]
    public async Task A_process_that_closes_its_end_for_answers_and_lives_on_has_crashed()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m", body: "mute");

        Assert.Equal((FailReason.Poison, "Crashed"), (row.Reason, row.Error!.Type));
        Assert.Equal("echo ", (await scene.RunAsync("m", body: "echo")).Result);
    }

    /// <summary>Runs a job after which the process reads nothing and ignores SIGTERM. Returns the process id.</summary>
    private static async Task<int> StubbornAsync(ProgramScene scene) =>
        int.Parse((await scene.RunAsync("m", body: "stubborn")).Result, CultureInfo.InvariantCulture);
}
