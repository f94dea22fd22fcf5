using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Worker.Commands;
using Xunit;

namespace Headrace.Tests.Worker.Warm;

/// <summary>
/// Runs warm processes that follow the instruction in a job's body, with a real worker loop and broker
/// (<see cref="WarmProgram"/>).
/// </summary>
public sealed class WarmProcessTests
{
    [Fact]
    public async Task A_process_runs_one_job_after_another()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene);
        await scene.Worker.JoinAsync();

        var first = await scene.RunAsync("m", """{"x":1}""", "pid");
        var second = await scene.RunAsync("m", body: "pid");

        Assert.Equal(first.Result, second.Result);
        Assert.Equal("""echo {"x":1}""", (await scene.RunAsync("m", """{"x":1}""", "echo")).Result);
    }

    [Fact]
    public async Task Jobs_that_wait_together_run_as_a_batch_and_each_has_its_own_outcome()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene, """ "batch": 8, "batchWait": "1s" """);
        await scene.Worker.JoinAsync();

        var ids = new List<JobId>();
        foreach (var body in new[] { "batch", "reject", "batch", "fail", "retry", "batch", "batch", "batch" })
            ids.Add(await scene.SubmitAsync("m", body: body));
        var ends = new List<(DoneRow Row, string Result)>();
        foreach (var id in ids)
            ends.Add(
                await scene.Worker.AdvanceUntilAsync(
                    $"the end of job {id}",
                    TimeSpan.FromMilliseconds(250),
                    scene.Worker.EndOfAsync(id)
                )
            );

        Assert.Equal(["8", "", "8", "", "", "8", "8", "8"], ends.Select(end => end.Result));
        Assert.Equal(
            (FailReason.Rejected, FailReason.Error, FailReason.Exhausted),
            (ends[1].Row.Reason, ends[3].Row.Reason, ends[4].Row.Reason)
        );
    }

    [Fact]
    public async Task What_a_process_prints_and_logs_is_in_the_log_and_progress_arrives()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m", body: "print");

        var log = await scene.LogOfAsync(row.Job.Id);
        Assert.Contains("a log frame\n", log, StringComparison.Ordinal);
        Assert.Contains("a stray print\n", log, StringComparison.Ordinal);
        Assert.Contains("to standard error\n", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("crash", "Crashed")]
    [InlineData("exit", "Crashed")]
    public async Task A_process_that_dies_costs_its_job_an_attempt_and_the_next_job_has_a_new_process(
        string body,
        string type
    )
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene);
        await scene.Worker.JoinAsync();
        var before = (await scene.RunAsync("m", body: "pid")).Result;

        var (row, _) = await scene.RunAsync("m", body: body);
        var after = (await scene.RunAsync("m", body: "pid")).Result;

        Assert.Equal((FailReason.Poison, type), (row.Reason, row.Error!.Type));
        Assert.NotEqual(before, after);
    }

    [Theory]
    [InlineData("garbage", "Protocol", "violated the protocol: A frame of type 'g' is 2147483647 bytes; the limit is")]
    [InlineData("zero", "Protocol", "violated the protocol: A frame has the length 0.")]
    [InlineData("untyped", "Protocol", "with the content type 'words', which is not valid")]
    [InlineData("duplicate", "InvalidResult", "but an object in its result has two members with the same name")]
    [InlineData("stranger", "Protocol", "mentioned the job 999, which it has not received")]
    [InlineData("binary", "InvalidResult", "its result is not valid JSON")]
    public async Task A_process_that_sends_nonsense_fails_its_job_and_not_the_next(
        string body,
        string type,
        string message
    )
    {
        await using var scene = await ProgramScene.StartAsync();
        var log = new ConcurrentQueue<string>();
        scene.Worker.App.Log = log.Enqueue;
        WarmProgram.Map(scene);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m", body: body);

        Assert.Equal(type, row.Error!.Type);
        Assert.Contains(message, row.Error.Message, StringComparison.Ordinal);
        Assert.Equal(type == "Protocol" ? [$"m@1: {row.Error.Message}"] : [], log);
        Assert.Equal("echo ", (await scene.RunAsync("m", body: "echo")).Result);
    }

    [Fact]
    public async Task A_process_that_ends_a_job_twice_is_replaced_and_the_worker_logs_it()
    {
        await using var scene = await ProgramScene.StartAsync();
        var log = new ConcurrentQueue<string>();
        scene.Worker.App.Log = log.Enqueue;
        WarmProgram.Map(scene);
        await scene.Worker.JoinAsync();
        var before = (await scene.RunAsync("m", body: "pid")).Result;

        Assert.Equal("once", (await scene.RunAsync("m", body: "twice")).Result);

        Assert.NotEqual(before, (await scene.RunAsync("m", body: "pid")).Result);
        Assert.Equal(["m@1: The process ended the job 2, which had already ended. It was killed."], log);
    }

    [Fact]
    public async Task A_result_above_the_limit_is_too_large_and_the_process_goes_on()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene, more: """ "maxResult": "1KB", """);
        await scene.Worker.JoinAsync();
        var before = (await scene.RunAsync("m", body: "pid")).Result;

        var small = await scene.RunAsync("m", body: "large 2000");
        var huge = await scene.RunAsync("m", body: "large 20000000");

        Assert.Equal((FailReason.TooLarge, FailReason.TooLarge), (small.Row.Reason, huge.Row.Reason));
        Assert.Equal(before, (await scene.RunAsync("m", body: "pid")).Result);
    }

    [Fact]
    public async Task A_cancelled_job_is_announced_to_its_process_which_goes_on()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene, more: """ "stopGrace": "8s", """);
        await scene.Worker.JoinAsync();
        var id = await scene.SubmitAsync("m", body: $"wait {scene.Folder}/waiting");
        var process = await scene.ProcessAsync("waiting");

        await scene.Worker.SendAsync(new Command.Cancel(id));
        var (row, _) = await scene.Worker.EndOfAsync(id);

        Assert.Equal(JobState.Cancelled, row.Job.Status.State);
        Assert.Equal($"{process}", (await scene.RunAsync("m", body: "pid")).Result);
    }

    [Fact]
    public async Task A_process_that_ignores_a_cancel_is_killed_with_its_children()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene, more: """ "stopGrace": "50ms", """);
        await scene.Worker.JoinAsync();
        var id = await scene.SubmitAsync("m", body: $"hang {scene.Folder}/child");
        var child = await scene.ProcessAsync("child");

        await scene.Worker.SendAsync(new Command.Cancel(id));
        var (row, _) = await scene.Worker.EndOfAsync(id);

        Assert.Equal(JobState.Cancelled, row.Job.Status.State);
        await ProgramScene.GoneAsync(child);
        Assert.Equal("echo ", (await scene.RunAsync("m", body: "echo")).Result);
    }

    [Fact]
    public async Task A_process_that_ignores_the_time_limit_of_its_method_is_killed()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene, more: """ "timeLimit": "200ms", "stopGrace": "50ms", """);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m", body: $"hang {scene.Folder}/child");

        Assert.Equal((FailReason.Timeout, "TimeLimit"), (row.Reason, row.Error!.Type));
        await ProgramScene.GoneAsync(await scene.ProcessAsync("child"));
    }

    [Theory]
    [InlineData(true, "The job exceeded its time limit of 500ms, set by m@1.")]
    [InlineData(false, "The job exceeded its time limit of 200ms.")]
    public async Task A_process_is_asked_to_stop_at_the_limit_of_its_method_as_at_that_of_the_job_and_goes_on_R12(
        bool ofMethod,
        string message
    )
    {
        await using var scene = await ProgramScene.StartAsync();
        var limit = ofMethod ? """ "timeLimit": "500ms", """ : "";
        WarmProgram.Map(scene, more: $$""" {{limit}} "stopGrace": "8s", """);
        await scene.Worker.JoinAsync();
        var process = (await scene.RunAsync("m", body: "pid")).Result;

        var id = await scene.Worker.SubmitAsync(
            "m",
            body: Encoding.UTF8.GetBytes($"wait {scene.Folder}/waiting"),
            with: spec => spec with { Retries = 0, TimeLimit = TimeSpan.FromMilliseconds(ofMethod ? 0 : 200) }
        );
        if (!ofMethod)
        {
            // The worker measures the limit of a job with the scene's clock.
            await scene.ProcessAsync("waiting");
            scene.Worker.Clock.Advance(TimeSpan.FromMilliseconds(200));
        }
        var (row, _) = await scene.Worker.EndOfAsync(id);

        Assert.Equal((FailReason.Timeout, "TimeLimit", message), (row.Reason, row.Error!.Type, row.Error.Message));
        Assert.Equal(process, (await scene.RunAsync("m", body: "pid")).Result);
    }

    [Fact]
    public async Task A_process_is_replaced_after_its_number_of_calls()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene, """ "recycleAfter": 2 """);
        await scene.Worker.JoinAsync();

        var processes = new List<string>();
        for (var i = 0; i < 5; i++)
            processes.Add((await scene.RunAsync("m", body: "pid")).Result);

        Assert.Equal([processes[0], processes[2], processes[4]], processes.Distinct());
    }

    [Fact]
    public async Task A_process_that_uses_much_memory_is_replaced()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene, """ "recycleAbove": "60MB" """);
        await scene.Worker.JoinAsync();
        var before = (await scene.RunAsync("m", body: "pid")).Result;
        Assert.Equal(before, (await scene.RunAsync("m", body: "pid")).Result);

        await scene.RunAsync("m", body: "fill 80000000");

        Assert.NotEqual(before, (await scene.RunAsync("m", body: "pid")).Result);
    }

    [Fact]
    public async Task An_idle_process_ends_after_its_time_and_a_process_ends_with_its_worker()
    {
        await using var scene = await ProgramScene.StartAsync();
        WarmProgram.Map(scene, """ "idleLimit": "100ms" """);
        var (loop, ends) = await scene.Worker.JoinAsync();
        var first = await ProcessAsync(scene);
        await ProgramScene.GoneAsync(first);
        var second = await ProcessAsync(scene);

        loop.OnSignal("SIGTERM");
        await scene.Worker.WithinDeadline("the exit of the worker", ends);

        Assert.NotEqual(first, second);
        await ProgramScene.GoneAsync(second);
    }

    /// <summary>Returns the id of the process that is currently running jobs.</summary>
    private static async Task<int> ProcessAsync(ProgramScene scene) =>
        int.Parse((await scene.RunAsync("m", body: "pid")).Result, CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_program_that_never_becomes_ready_fails_its_job()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("silent", "exec sleep 1000", """ "warm": {"startLimit": "100ms"}, """);
        scene.Map("dies", "echo 'no licence' >&2; exit 9", """ "warm": {}, """);
        scene.MapProgram("missing", "/nowhere/program", """ "warm": {}, """);
        scene.MapProgram("data", "/etc/passwd", """ "warm": {}, """);
        await scene.Worker.JoinAsync();

        Assert.Equal(
            "The process was not ready within 100ms. It was killed.",
            (await scene.RunAsync("silent")).Row.Error!.Message
        );
        Assert.Equal(
            "The process exited with code 9: no licence (before it was ready for a job)",
            (await scene.RunAsync("dies")).Row.Error!.Message
        );
        Assert.StartsWith(
            "The program /nowhere/program could not be started:",
            (await scene.RunAsync("missing")).Row.Error!.Message,
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "The program /etc/passwd could not be started: Permission denied.",
            (await scene.RunAsync("data")).Row.Error!.Message,
            StringComparison.Ordinal
        );
    }
}
