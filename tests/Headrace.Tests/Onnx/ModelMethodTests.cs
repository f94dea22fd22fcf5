using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Server;
using Headrace.Tests.Worker.Commands;
using Headrace.Worker.Installed;
using Headrace.Worker.Processes;
using Xunit;

namespace Headrace.Tests.Onnx;

/// <summary>Tests models as methods, in the process in which a worker runs them.</summary>
public sealed class ModelMethodTests
{
    [Fact]
    public async Task A_model_describes_its_method()
    {
        await using var scene = await ModelScene.StartAsync(
            TestModels.Sum(),
            "--version",
            "3",
            "--max-batch",
            "32",
            "--max-wait",
            "5ms",
            "--preferred-batch",
            "16",
            "--preferred-batch",
            "8"
        );

        var (manifest, warm) = (scene.Manifest, scene.Manifest.Warm!);
        Assert.Equal(("score@3", "Adds three numbers."), (manifest.Name.ToString(), manifest.Description));
        Assert.Equal((32, TimeSpan.FromMilliseconds(5)), (warm.BatchSize, warm.BatchWait));
        Assert.Equal([8, 16], warm.PreferredBatches);
        Assert.Equal("application/json", manifest.ResultType);
    }

    [Fact]
    public async Task Jobs_run_in_batches_and_each_gets_its_own_result()
    {
        await using var scene = await ModelScene.StartAsync(TestModels.Sum(), "--max-batch", "8", "--max-wait", "1s");
        var ids = new List<JobId>();
        for (var i = 0; i < 8; i++)
            ids.Add(await scene.SubmitAsync($$"""{"x":[{{i}},0,0.5]}"""));

        var ends = new List<(DoneRow Row, string Result)>();
        foreach (var id in ids)
            ends.Add(await scene.EndOfAsync(id));

        Assert.Equal(Enumerable.Range(0, 8).Select(i => $$"""{"sum":{{i}}.5}"""), ends.Select(end => end.Result));
        Assert.All(ends, end => Assert.Equal("application/json", end.Row.ResultType));
    }

    [Fact]
    public async Task The_time_limit_of_a_model_is_kept_and_the_next_job_has_a_new_process_R12()
    {
        await using var scene = await ModelScene.StartAsync(
            TestModels.Log(),
            """ "timeLimit": "300ms", "stopGrace": "100ms", """,
            ["--max-batch", "1"]
        );
        Assert.Equal("""{"log":0}""", (await scene.RunAsync("""{"x":1}""")).Result);
        var process = Assert.Single(scene.Programs.Executing());
        // A stopped process stands for a run of the model that takes too long, which cannot be interrupted either.
        Cli.Signals.Send("STOP", process);

        var (row, _) = await scene.RunAsync("""{"x":1}""");

        Assert.Equal(
            (
                FailReason.Timeout,
                "TimeLimit",
                "The job exceeded its time limit of 300ms, set by score@1. The process was killed because the job did "
                    + "not stop in time."
            ),
            (row.Reason, row.Error!.Type, row.Error.Message)
        );
        Assert.Equal("""{"log":0}""", (await scene.RunAsync("""{"x":1}""")).Result);
        await ProgramScene.GoneAsync(process);
    }

    [Fact]
    public async Task A_result_that_JSON_cannot_express_fails_the_job_at_once_and_the_process_runs_the_next_one()
    {
        await using var scene = await ModelScene.StartAsync(TestModels.Log(), "--max-batch", "1");
        Assert.Equal("""{"log":0}""", (await scene.RunAsync("""{"x":1}""")).Result);
        var process = Assert.Single(scene.Programs.Executing());

        var (row, _) = await scene.RunAsync("""{"x":-1}""");

        Assert.Equal(
            (FailReason.Error, "InvalidResult", "The model returned NaN for log, which JSON cannot represent."),
            (row.Reason, row.Error!.Type, row.Error.Message)
        );
        Assert.Equal("""{"log":0}""", (await scene.RunAsync("""{"x":1}""")).Result);
        Assert.Equal(process, Assert.Single(scene.Programs.Executing()));
    }

    [Fact]
    public async Task Params_that_do_not_fit_the_model_reject_the_job_with_the_place()
    {
        // The worker scene has no server that checks the params before it accepts a job.
        await using var scene = await ModelScene.StartAsync(TestModels.Sum(), "--max-batch", "1");

        var (row, _) = await scene.RunAsync("""{"x":[1,2]}""");

        Assert.Equal((FailReason.Rejected, "x has 2 elements; it must have 3."), (row.Reason, row.Error!.Message));
    }

    [Fact]
    public async Task A_killed_process_is_replaced_and_its_job_runs_again()
    {
        await using var scene = await ModelScene.StartAsync(TestModels.Sum(), "--max-batch", "1");
        Assert.Equal("""{"sum":6}""", (await scene.RunAsync("""{"x":[1,2,3]}""")).Result);
        var first = Assert.Single(scene.Programs.Executing());

        OsProcess.Kill(first);
        await ProgramScene.GoneAsync(first);

        Assert.Equal("""{"sum":9}""", (await scene.RunAsync("""{"x":[2,3,4]}""")).Result);
        Assert.NotEqual(first, Assert.Single(scene.Programs.Executing()));
    }

    [Theory]
    [InlineData("damaged", "score.onnx cannot be loaded: ")]
    [InlineData(
        "other",
        "The inputs or outputs of score.onnx differ from those of the model that was installed. Use headrace methods "
            + "install to replace a model, and a new --version if its inputs or outputs change."
    )]
    [InlineData("gone", "The model ")]
    public async Task A_model_that_was_replaced_by_another_file_is_unavailable_with_the_reason(
        string replacement,
        string reason
    )
    {
        await using var scene = await ModelScene.StartAsync(TestModels.Sum());
        using var executions = new Executions(TimeProvider.System);
        Assert.Null(MethodCheck.Run(scene.Manifest, executions, CancellationToken.None));

        if (replacement == "gone")
            File.Delete(scene.ModelPath);
        else
            await File.WriteAllBytesAsync(
                scene.ModelPath,
                replacement == "other" ? TestModels.Log() : TestModels.Sum()[..50],
                TestContext.Current.CancellationToken
            );

        Assert.StartsWith(
            reason,
            MethodCheck.Run(scene.Manifest, executions, CancellationToken.None),
            StringComparison.Ordinal
        );
        var (row, _) = await scene.RunAsync("""{"x":[1,2,3]}""");
        Assert.Equal("NotStarted", row.Error!.Type);
        Assert.Contains(reason, row.Error.Message, StringComparison.Ordinal);
    }
}
