using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Worker.Exchange;
using Headrace.Worker.Processes;
using Xunit;

namespace Headrace.Tests.Worker.Commands;

/// <summary>
/// Tests what happens when a command's program misbehaves: the job reports the problem, and no process or file is left
/// behind.
/// </summary>
public sealed class CommandFaultTests
{
    [Theory]
    [InlineData("/nowhere/program", "The program /nowhere/program could not be started: No such file or directory.")]
    [InlineData("headrace-no-such-program", "The program headrace-no-such-program could not be started:")]
    [InlineData("/etc/passwd", "The program /etc/passwd could not be started: Permission denied.")]
    public async Task A_program_that_cannot_be_started_fails_the_job_with_the_reason(string program, string message)
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.MapProgram("m", program);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal((FailReason.Exhausted, "NotStarted"), (row.Reason, row.Error!.Type));
        Assert.StartsWith(message, row.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_placeholder_without_a_param_rejects_the_job()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.MapProgram("m", "", """ "argv": ["echo", "{params.x}"], "params": {"properties": {"x": {} } }, """);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal(FailReason.Rejected, row.Reason);
        Assert.Equal(
            "The command line of m@1 uses the parameter 'x', but the job does not set it. Submit the job with this "
                + "parameter, or define a default for it in the method's params schema.",
            row.Error!.Message
        );
    }

    [Theory]
    [InlineData("exit 0", "The program exited with code 0, but it did not write the file out.")]
    [InlineData(
        "ln -s /etc/passwd out",
        "The program exited with code 0, but out is a symbolic link, not a regular file."
    )]
    [InlineData("ln -s nowhere out", "The program exited with code 0, but out is a symbolic link, not a regular file.")]
    [InlineData("mkfifo out", "The program exited with code 0, but out is a named pipe, not a regular file.")]
    [InlineData("mkdir out", "The program exited with code 0, but out is a folder, not a regular file.")]
    [InlineData(
        "python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('out')\"",
        "The program exited with code 0, but out is a socket, not a regular file."
    )]
    public async Task A_missing_output_fails_the_job(string script, string message)
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", script, """ "output": "file:out", """);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal(("NoResult", message), (row.Error!.Type, row.Error.Message));
    }

    [Theory]
    [InlineData("yes | head -c 3000", "")]
    [InlineData("yes | head -c 1000000000", "")]
    [InlineData("yes | head -c 3000 > out", "\"output\": \"file:out\",")]
    public async Task A_result_above_the_limit_fails_the_job_as_too_large(string script, string members)
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", script, $"\"maxResult\": \"2KB\", {members}");
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal(FailReason.TooLarge, row.Reason);
        Assert.StartsWith(
            "The result is larger than 2 KB, the limit for m@1.",
            row.Error!.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Binary_output_where_JSON_is_promised_fails_the_job_at_once()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", """printf '\377\000\001'""", """ "resultType": "application/json", """);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal((FailReason.Error, "InvalidResult"), (row.Reason, row.Error!.Type));
        Assert.StartsWith(
            "The program exited with code 0, but its result is not valid JSON, as its content type application/json "
                + "promises:",
            row.Error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_program_that_a_signal_ends_has_crashed_and_its_job_becomes_poison()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", "echo 'about to crash' >&2; kill -SEGV $$");
        var (_, ends) = await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal((FailReason.Poison, 2), (row.Reason, row.Job.Status.WorkerCrashes));
        Assert.Equal("The program was terminated by SIGSEGV: about to crash", row.Error!.Message);
        Assert.False(ends.IsCompleted);
    }

    [Fact]
    public async Task A_program_that_ignores_the_stop_signal_is_killed_with_its_children_after_the_grace()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map(
            "m",
            $"trap '' TERM; (trap '' TERM; sleep 1000) & echo $! > {scene.Folder}/child; "
                + $"echo $$ > {scene.Folder}/program; while true; do sleep 1000; done",
            """ "stopGrace": "100ms", """
        );
        await scene.Worker.JoinAsync();
        var id = await scene.SubmitAsync("m");
        var (program, child) = (await scene.ProcessAsync("program"), await scene.ProcessAsync("child"));

        await scene.Worker.SendAsync(new Command.Cancel(id));
        var (row, _) = await scene.Worker.EndOfAsync(id);

        Assert.Equal(JobState.Cancelled, row.Job.Status.State);
        await ProgramScene.GoneAsync(program);
        await ProgramScene.GoneAsync(child);
    }

    [Fact]
    public async Task A_program_can_stop_in_order_when_it_is_asked_to()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map(
            "m",
            $"trap 'echo cleaned > {scene.Folder}/cleaned; exit 0' INT; echo $$ > {scene.Folder}/program; "
                + "while true; do sleep 0.01; done",
            """ "stopSignal": "INT", "stopGrace": "8s", """
        );
        await scene.Worker.JoinAsync();
        var id = await scene.SubmitAsync("m");
        await scene.ProcessAsync("program");

        await scene.Worker.SendAsync(new Command.Cancel(id));
        await scene.Worker.EndOfAsync(id);

        Assert.True(File.Exists(Path.Combine(scene.Folder, "cleaned")));
    }

    [Fact]
    public async Task A_program_that_exceeds_a_time_limit_fails_as_timeout_whether_its_method_or_its_job_sets_it_R12()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", "exec sleep 1000", """ "timeLimit": "200ms", """);
        scene.Map("free", $"echo $$ > {scene.Folder}/running; exec sleep 1000");
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m");
        var id = await scene.Worker.SubmitAsync(
            "free",
            with: spec => spec with { Retries = 0, TimeLimit = TimeSpan.FromMilliseconds(200) }
        );
        await scene.ProcessAsync("running");
        scene.Worker.Clock.Advance(TimeSpan.FromMilliseconds(200));
        var (own, _) = await scene.Worker.EndOfAsync(id);

        const string End = "The program was terminated by SIGTERM after it was asked to stop.";
        Assert.Equal(
            (FailReason.Timeout, "TimeLimit", $"The job exceeded its time limit of 200ms, set by m@1. {End}"),
            (row.Reason, row.Error!.Type, row.Error.Message)
        );
        Assert.Equal(
            (FailReason.Timeout, "TimeLimit", $"The job exceeded its time limit of 200ms. {End}"),
            (own.Reason, own.Error!.Type, own.Error.Message)
        );
    }

    [Fact]
    public async Task A_method_that_never_retries_a_time_limit_fails_its_job_at_once_R12()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", "exec sleep 1000", """ "timeLimit": "200ms", "retry": {"never": ["TimeLimit"]}, """);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.Worker.EndOfAsync(await scene.SubmitAsync("m", retries: 3));

        Assert.Equal((FailReason.Timeout, 1), (row.Reason, row.Job.Status.Attempt));
    }

    [Fact]
    public async Task A_process_that_the_program_leaves_in_its_session_is_killed()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", $"sleep 1000 & echo $! > {scene.Folder}/left; echo done");
        await scene.Worker.JoinAsync();

        var (_, result) = await scene.RunAsync("m");

        Assert.Equal("done\n", result);
        await ProgramScene.GoneAsync(await scene.ProcessAsync("left"));
    }

    [Theory]
    // The child process keeps the output open, so the output does not end when the program exits.
    [InlineData("setsid sleep 1000 &")]
    // The child process has left the session and closed everything that it inherited, as a daemon does.
    [InlineData("setsid sleep 1000 </dev/null >/dev/null 2>&1 &")]
    public async Task A_process_that_leaves_the_session_is_found_by_its_environment_and_killed(string daemon)
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", $"{daemon} echo $! > {scene.Folder}/left; echo done");
        await scene.Worker.JoinAsync();

        var (_, result) = await scene.RunAsync("m");

        Assert.Equal("done\n", result);
        await ProgramScene.GoneAsync(await scene.ProcessAsync("left"));
        await Server.Eventually.HoldsAsync("the end of every process", () => !scene.Executing().Any());
    }

    [Fact]
    public async Task A_program_that_fills_its_scratch_folder_is_killed()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", "head -c 4194304 /dev/zero > big; exec sleep 1000", """ "maxScratch": "1MB", """);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal("ScratchLimit", row.Error!.Type);
        // The worker may measure the file before it is complete.
        Assert.Matches(
            "^The program was killed because the files in its scratch folder used [0-9]{7} bytes. The scratch limit "
                + "for m@1 is 1 MB. To allow more, increase 'maxScratch' in its manifest.$",
            row.Error.Message
        );
    }

    [Fact]
    public async Task A_program_that_uses_too_much_memory_is_killed()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", "x=$(head -c 100000000 /dev/zero | tr '\\0' a); sleep 1000", """ "memory": "32MB", """);
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal("MemoryLimit", row.Error!.Type);
    }

    [Fact]
    public async Task A_program_that_does_not_read_its_input_succeeds()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", "echo done");
        scene.Map("closes", "exec <&-; sleep 0.05; echo done");
        await scene.Worker.JoinAsync();
        var body = new string('x', 900_000);

        var (ignored, first) = await scene.RunAsync("m", body: body);
        var (closed, second) = await scene.RunAsync("closes", body: body);

        Assert.Equal((null, "done\n"), (ignored.Error?.Message, first));
        Assert.Equal((null, "done\n"), (closed.Error?.Message, second));
    }

    [Fact]
    public async Task Of_a_log_that_a_program_floods_the_tail_is_kept()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", "yes 'a line of the log' | head -n 10000000 >&2; echo 'the last line' >&2; echo done");
        await scene.Worker.JoinAsync();

        var (row, result) = await scene.RunAsync("m");
        var log = await scene.LogOfAsync(row.Job.Id);

        Assert.Equal("done\n", result);
        Assert.EndsWith("a line of the log\nthe last line\n", log, StringComparison.Ordinal);
        Assert.InRange(log.Length, 32 << 10, 64 << 10);
    }

    [Fact]
    public async Task The_log_arrives_while_the_program_runs()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", $"echo 'half of it' >&2; while [ ! -e {scene.Folder}/go ]; do sleep 0.01; done; echo done");
        // The scene's clock drives the reports; the program needs real time to start.
        scene.Worker.Pace = TimeSpan.FromMilliseconds(20);
        var sent = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        scene.Worker.Transport.Network = request =>
        {
            if (request.Logs.Count > 0)
                sent.TrySetResult(true);
            return Fate.Delivered;
        };
        await scene.Worker.JoinAsync();

        var id = await scene.SubmitAsync("m");
        await scene.Worker.AdvanceUntilAsync("a message with a log", TimeSpan.FromMilliseconds(250), sent.Task);
        var log = await Server.Eventually.SeesAsync(
            "the log of the running job",
            async () => await scene.LogOfAsync(id) is { Length: > 0 } text ? text : null
        );
        Assert.Equal("half of it\n", log);
        await File.WriteAllTextAsync(Path.Combine(scene.Folder, "go"), "", TestContext.Current.CancellationToken);

        Assert.Equal("done\n", (await scene.Worker.EndOfAsync(id)).Result);
    }

    [Fact]
    public async Task A_program_has_the_default_handling_of_broken_pipes()
    {
        await using var scene = await ProgramScene.StartAsync();
        // The runtime ignores SIGPIPE. If a program inherited this setting, 'yes' would write an error.
        scene.Map("m", "yes | head -n 1");
        await scene.Worker.JoinAsync();

        var (row, result) = await scene.RunAsync("m");

        Assert.Equal(("y\n", ""), (result, await scene.LogOfAsync(row.Job.Id)));
    }

    [Fact]
    public void A_mark_is_read_as_it_was_written()
    {
        var mark = new ExecutionMark(17, 12345678901, 1, 3);

        Assert.True(ExecutionMark.TryParse(mark.ToString(), out var read));
        Assert.Equal(mark, read);
        Assert.False(ExecutionMark.TryParse("17-1-1", out _));
        Assert.False(ExecutionMark.TryParse(null, out _));
    }
}
