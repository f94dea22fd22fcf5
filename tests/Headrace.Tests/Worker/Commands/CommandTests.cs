using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Worker.Commands;

/// <summary>Tests what a program receives and what happens to its output.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task A_program_receives_the_body_and_the_params_and_its_output_is_the_result()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map(
            "m",
            """printf '%s|' "$@"; cat""",
            $$$"""
            "argv": ["{{{scene.Folder}}}/m", "{params.text}", "n={params.n}", "{params.flag}",
             "{params.list}", "{{literal}}"],
            "params": {"properties": {"text": {}, "n": {"default": 7}, "flag": {}, "list": {} } } ,
            """
        );
        await scene.Worker.JoinAsync();

        var (_, result) = await scene.RunAsync(
            "m",
            """{"text": "a b; $(rm -rf /) \"'", "flag": true, "list": [1, 2]}""",
            "the body"
        );

        Assert.Equal("""a b; $(rm -rf /) "'|n=7|true|[1, 2]|{literal}|the body""", result);
    }

    [Fact]
    public async Task A_program_can_read_its_input_from_a_file_and_write_its_result_to_another()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map(
            "m",
            """echo "to the log"; pwd > where; tr a-z A-Z < "$1" > "$2" """,
            $$"""
            "argv": ["{{scene.Folder}}/m", "{input}", "{output}"], "input": "file:in", "output": "file:out",
            "resultType": "text/plain",
            """
        );
        await scene.Worker.JoinAsync();

        var (row, result) = await scene.RunAsync("m", body: "shout");

        Assert.Equal("SHOUT", result);
        Assert.Equal("to the log\n", await scene.LogOfAsync(row.Job.Id));
    }

    [Fact]
    public async Task A_program_receives_the_trace_of_its_job_as_its_parent()
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", "printf '%s' \"${TRACEPARENT-none}\"");
        await scene.Worker.JoinAsync();

        var traced = await scene.Worker.SubmitAsync("m", with: spec => spec with { Traceparent = Trace });
        var untraced = await scene.Worker.SubmitAsync("m");

        // Each attempt has a new span, so only the trace id is the same.
        var (_, context) = await scene.Worker.EndOfAsync(traced);
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", context, StringComparison.Ordinal);
        Assert.NotEqual(Trace, context);
        Assert.Equal("none", (await scene.Worker.EndOfAsync(untraced)).Result);
    }

    [Fact]
    public async Task A_program_sees_only_the_listed_variables_of_the_worker()
    {
        await using var scene = await ProgramScene.StartAsync();
        Environment.SetEnvironmentVariable("SCENE_PASSED", "yes");
        Environment.SetEnvironmentVariable("SCENE_HIDDEN", "no");
        Environment.SetEnvironmentVariable("HEADRACE_KEY", "secret");
        try
        {
            scene.Map("m", "exec env", """ "environment": {"pass": ["SCENE_PASSED"], "set": {"SCENE_SET": "set"}}, """);
            await scene.Worker.JoinAsync();

            var (row, result) = await scene.RunAsync("m");
            var names = result.Split('\n').Select(line => line.Split('=')[0]).ToHashSet();

            Assert.Contains("SCENE_PASSED=yes", result, StringComparison.Ordinal);
            Assert.Contains("SCENE_SET=set", result, StringComparison.Ordinal);
            Assert.Contains($"HEADRACE_JOB={row.Job.Id}", result, StringComparison.Ordinal);
            Assert.Contains("HEADRACE_ATTEMPT=1", result, StringComparison.Ordinal);
            Assert.Contains("PATH", names);
            Assert.DoesNotContain("SCENE_HIDDEN", names);
            Assert.DoesNotContain("HEADRACE_KEY", names);
        }
        finally
        {
            Environment.SetEnvironmentVariable("HEADRACE_KEY", null);
        }
    }

    [Fact]
    public async Task The_scratch_folder_is_empty_at_the_start_and_gone_at_the_end()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", """ls -A; mkdir -p deep/er; echo x > deep/er/file; chmod 0 deep; echo "$TMPDIR" """);
        await scene.Worker.JoinAsync();

        var (_, result) = await scene.RunAsync("m");

        var folder = Assert.Single(result.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.True(Path.IsPathRooted(folder));
        Assert.False(Directory.Exists(folder));
    }

    [Theory]
    [InlineData(0, JobState.Succeeded, FailReason.None)]
    [InlineData(1, JobState.Failed, FailReason.Exhausted)]
    [InlineData(3, JobState.Failed, FailReason.Error)]
    [InlineData(4, JobState.Succeeded, FailReason.None)]
    [InlineData(65, JobState.Failed, FailReason.Rejected)]
    public async Task An_exit_code_means_what_the_manifest_says(int code, JobState state, FailReason reason)
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map(
            "m",
            $"echo first >&2; echo 'the reason' >&2; exit {code}",
            """ "exitCodes": {"3": "fail", "4": "succeed", "65": "reject"}, """
        );
        await scene.Worker.JoinAsync();

        var (row, _) = await scene.RunAsync("m");

        Assert.Equal(state, row.Job.Status.State);
        if (state == JobState.Succeeded)
            return;
        Assert.Equal(reason, row.Reason);
        Assert.Equal($"The program exited with code {code}: the reason", row.Error!.Message);
        Assert.Equal("first\nthe reason\n", await scene.LogOfAsync(row.Job.Id));
    }

    [Fact]
    public async Task A_failed_attempt_is_retried_in_a_new_process()
    {
        await using var scene = await ProgramScene.StartAsync();
        scene.Map("m", """[ "$HEADRACE_ATTEMPT" = 3 ] || exit 1; echo "attempt $HEADRACE_ATTEMPT" """);
        await scene.Worker.JoinAsync();

        var id = await scene.SubmitAsync("m", retries: 3);
        var (_, result) = await scene.Worker.AdvanceUntilAsync(
            "the third attempt",
            TimeSpan.FromMilliseconds(250),
            scene.Worker.EndOfAsync(id)
        );

        Assert.Equal("attempt 3\n", result);
    }

    [Fact]
    public async Task CPU_time_and_peak_memory_are_recorded()
    {
        await using var scene = await ProgramScene.StartAsync();
        // Fills 64 MB of memory, and runs until its memory usage has been measured.
        scene.Map("m", "x=$(head -c 67108864 /dev/zero | tr '\\0' a); sleep 0.3; exit 1", """ "memory": "4GB", """);
        await scene.Worker.JoinAsync();

        await scene.RunAsync("m");
        var metrics = scene
            .Worker.Transport.Sent.SelectMany(message => message.Outcomes)
            // The outcome is sent again until it is acknowledged.
            .First()
            .Metrics!;

        Assert.InRange(metrics.CpuMs, 1, 60_000);
        Assert.InRange(metrics.PeakBytes, 60UL << 20, 4UL << 30);
    }
}
