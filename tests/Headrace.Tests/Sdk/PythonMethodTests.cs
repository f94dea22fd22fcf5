using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Sdk;

/// <summary>Tests what functions in a Python script can do as methods.</summary>
public sealed class PythonMethodTests
{
    [Fact]
    public async Task Type_hints_become_the_schemas_and_values_of_these_types_arrive()
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            from dataclasses import dataclass
            from typing import Annotated, Literal, Optional

            @dataclass
            class Point:
                x: float
                y: float = 0.0
                next: Optional["Point"] = None

            @method(name="describe", version=3)
            def describe(point: Point, kind: Literal["a", "b"] = "a", n: Annotated[int, Schema(minimum=1)] = 2,
                         tags: Optional[list[str]] = None, **others: float) -> dict[str, typing.Any]:
                "Describes a point.\n\nAt length."
                assert type(point) is Point and type(point.x) is float and type(point.next) is Point
                return {"point": point, "kind": kind, "n": n, "tags": tags, "others": others}
            """
        );

        var manifest = Assert.Single(scene.Manifests);
        AssertJson(
            """
            {
              "type": "object",
              "properties": {
                "point": { "$ref": "#/$defs/Point" },
                "kind": { "enum": ["a", "b"], "default": "a" },
                "n": { "type": "integer", "minimum": 1, "default": 2 },
                "tags": { "type": ["array", "null"], "items": { "type": "string" }, "default": null }
              },
              "additionalProperties": true,
              "required": ["point"],
              "$defs": {
                "Point": {
                  "type": "object",
                  "properties": {
                    "x": { "type": "number" },
                    "y": { "type": "number" },
                    "next": { "anyOf": [{ "$ref": "#/$defs/Point" }, { "type": "null" }] }
                  },
                  "required": ["x"],
                  "additionalProperties": false
                }
              }
            }
            """,
            manifest.ParamsSchema
        );
        AssertJson("""{ "type": "object", "additionalProperties": {} }""", manifest.ResultSchema);
        Assert.Equal(("describe@3", "Describes a point."), (manifest.Name.ToString(), manifest.Description));

        var (_, result) = await scene.RunAsync(
            "describe",
            """{"point":{"x":1,"next":{"x":2,"y":3}},"kind":"b","tags":["t"],"more":4}"""
        );

        AssertJson(
            """
            {
              "point": { "x": 1.0, "y": 0.0, "next": { "x": 2.0, "y": 3.0, "next": null } },
              "kind": "b", "n": 2, "tags": ["t"], "others": { "more": 4 }
            }
            """,
            result
        );
    }

    [Fact]
    public async Task A_function_receives_the_trace_of_its_job_and_only_of_its_own()
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            @method
            def trace(job: Job) -> str:
                return job.traceparent or "none"
            """
        );

        var (_, traced) = await scene.RunTracedAsync(
            "trace",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        );
        var (_, untraced) = await scene.RunAsync("trace");

        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", traced, StringComparison.Ordinal);
        Assert.Equal("none", untraced);
    }

    [Fact]
    public async Task Text_and_bytes_are_results_as_they_are_and_the_body_and_the_job_are_parameters()
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            @method
            def upper(body: bytes) -> bytes:
                return body.upper()

            @method
            def greet(name: str, job: Job) -> str:
                return f"hello {name} of {job.id}#{job.attempt} {job.params}"
            """
        );

        var (upper, bytes) = await scene.RunAsync("upper", body: "abc");
        var (_, large) = await scene.RunAsync("upper", body: new string('x', 1_000_000));
        var (greet, text) = await scene.RunAsync("greet", """{"name":"you"}""");

        Assert.Equal(("ABC", "application/octet-stream"), (bytes, upper.ResultType));
        Assert.Equal(new string('X', 1_000_000), large);
        Assert.Equal($"hello you of {greet.Job.Id}#1 {{'name': 'you'}}", text);
        Assert.Equal("text/plain", greet.ResultType);
    }

    [Fact]
    public async Task A_batch_function_receives_columns_and_an_exception_fails_one_job()
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            @method(batch=8, batch_wait="1s", preferred_batches=[8])
            def divide(a: list[float], b: list[float]) -> list[float]:
                print(len(a), "jobs")
                return [x / y if y else ZeroDivisionError(f"{x} by zero") for x, y in zip(a, b)]
            """
        );

        var ids = new List<JobId>();
        for (var i = 0; i < 8; i++)
            ids.Add(await scene.SubmitAsync("divide", $$"""{"a":{{i}},"b":{{i % 4}}}"""));
        var ends = new List<(DoneRow Row, string Result)>();
        foreach (var id in ids)
            ends.Add(
                await scene.Programs.Worker.AdvanceUntilAsync(
                    $"the end of job {id}",
                    TimeSpan.FromMilliseconds(250),
                    scene.Programs.Worker.EndOfAsync(id)
                )
            );

        Assert.Equal(["", "1.0", "1.0", "1.0", "", "5.0", "3.0", "2.3333333333333335"], ends.Select(end => end.Result));
        Assert.Equal(("ZeroDivisionError", "4.0 by zero"), (ends[4].Row.Error!.Type, ends[4].Row.Error!.Message));
        Assert.Equal("8 jobs\n", await scene.LogOfAsync(ends[1].Row));
    }

    [Fact]
    public async Task A_generator_returns_the_list_of_its_values_and_logs_each_at_once()
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            @method
            def steps(n: int, go: str) -> typing.Iterator[dict]:
                for i in range(n):
                    yield {"step": i}
                print(os.getpid(), file=open(go + "-ready", "w"), flush=True)
                while not os.path.exists(go):
                    time.sleep(0.005)
                yield {"step": "last"}

            @method
            def lines(n: int) -> typing.Iterator[str]:
                for i in range(n):
                    yield f"{i}\n"
            """
        );
        var go = Path.Combine(scene.Folder, "go");

        var id = await scene.SubmitAsync("steps", $$"""{"n":2,"go":"{{go}}"}""");
        await scene.Programs.ProcessAsync("go-ready");
        await SeesAsync(
            scene,
            "the first values in the log",
            async () =>
                await scene.Programs.LogOfAsync(id) is var log
                && log.Contains("{\"step\":1}\n", StringComparison.Ordinal)
                    ? log
                    : null
        );
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);

        Assert.Equal(
            """[{"step":0},{"step":1},{"step":"last"}]""",
            (await scene.Programs.Worker.EndOfAsync(id)).Result
        );
        Assert.Equal("0\n1\n2\n", (await scene.RunAsync("lines", """{"n":3}""")).Result);
    }

    [Fact]
    public async Task Progress_arrives_while_the_function_runs()
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            @method
            def half(job: Job, go: str):
                job.progress(0.5, "half of it")
                job.log("two\nlines")
                print(os.getpid(), file=open(go + "-ready", "w"), flush=True)
                while not os.path.exists(go):
                    time.sleep(0.005)
            """
        );
        var go = Path.Combine(scene.Folder, "go");

        var id = await scene.SubmitAsync("half", $$"""{"go":"{{go}}"}""");
        await scene.Programs.ProcessAsync("go-ready");
        var progress = await SeesAsync(
            scene,
            "the progress",
            async () =>
                ((Response.Live)await scene.Programs.Worker.SendAsync(new Command.GetJob(id, TimeSpan.Zero)))
                    .Job
                    .Progress
        );
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        var (row, result) = await scene.Programs.Worker.EndOfAsync(id);

        Assert.Equal((0.5, "half of it", "null"), (progress.Fraction, progress.Text, result));
        Assert.Equal("two\nlines\n", await scene.LogOfAsync(row));
    }

    [Fact]
    public async Task A_cancel_is_an_exception_in_the_function_also_while_it_sleeps_and_the_process_goes_on()
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            @method
            def pid() -> int:
                return os.getpid()

            @method(stop_grace="8s")
            def wait(ready: str, cleaned: str):
                try:
                    with open(ready, "w") as file:
                        print(os.getpid(), file=file)
                    try:
                        time.sleep(1000)
                    except Exception:
                        pass  # Does not catch the cancel.
                finally:
                    with open(cleaned, "w") as file:
                        print(os.getpid(), file=file)
            """
        );
        var id = await scene.SubmitAsync(
            "wait",
            $$"""{"ready":"{{scene.Folder}}/ready","cleaned":"{{scene.Folder}}/cleaned"}"""
        );
        var process = await scene.Programs.ProcessAsync("ready");

        await scene.CancelAsync(id);
        var (row, _) = await scene.Programs.Worker.EndOfAsync(id);

        Assert.Equal(JobState.Cancelled, row.Job.Status.State);
        Assert.Equal(process, await scene.Programs.ProcessAsync("cleaned"));
        Assert.True(OsProcess.Runs(process), "The process runs the next job.");
    }

    [Theory]
    [InlineData("limited", "The job exceeded its time limit of 3s, set by limited@1.")]
    [InlineData("pair", "The job exceeded its time limit of 3s, set by pair@1.")]
    [InlineData("free", "The job exceeded its time limit of 300ms.")]
    public async Task At_a_time_limit_of_the_method_or_of_the_job_Cancelled_is_raised_and_names_the_limit_R12(
        string method,
        string message
    )
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            @method
            def pid() -> int:
                return os.getpid()

            def wait(cleaned):
                try:
                    with open(cleaned + "-ready", "w") as file:
                        print(os.getpid(), file=file)
                    time.sleep(1000)
                except Cancelled as reason:
                    with open(cleaned, "w") as file:
                        print(reason, file=file)
                    raise

            @method(time_limit="3s", stop_grace="8s")
            def limited(cleaned: str):
                wait(cleaned)

            @method(time_limit="3s", stop_grace="8s", batch=2)
            def pair(cleaned: list[str]) -> list[int]:
                wait(cleaned[0])

            @method(stop_grace="8s")
            def free(cleaned: str):
                wait(cleaned)
            """
        );
        var cleaned = Path.Combine(scene.Folder, "cleaned");

        var id = await scene.Programs.Worker.SubmitAsync(
            method,
            $$"""{"cleaned":"{{cleaned}}"}""",
            with: spec => spec with { Retries = 0, TimeLimit = TimeSpan.FromMilliseconds(method == "free" ? 300 : 0) }
        );
        if (method == "free")
        {
            // The worker measures the limit of a job with the scene's clock.
            await scene.Programs.ProcessAsync("cleaned-ready");
            scene.Programs.Worker.Clock.Advance(TimeSpan.FromMilliseconds(300));
        }
        var (row, _) = await scene.Programs.Worker.EndOfAsync(id);

        Assert.Equal((FailReason.Timeout, "TimeLimit", message), (row.Reason, row.Error!.Type, row.Error.Message));
        Assert.Equal(message + "\n", await File.ReadAllTextAsync(cleaned, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Cancelling_a_job_of_a_batch_leaves_the_others_and_cancelling_all_stops_the_function()
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            @method(batch=2, batch_wait="1s", stop_grace="8s")
            def hold(jobs: list[Job], x: list[int], go: list[str]) -> list[int]:
                with open(go[0] + "-pid", "w") as file:
                    print(os.getpid(), file=file)
                while not os.path.exists(go[0]):
                    time.sleep(0.005)
                return x
            """
        );
        var worker = scene.Programs.Worker;

        var first = await SubmitTwoAsync("one");
        await scene.CancelAsync(first[0]);
        Assert.Equal(JobState.Cancelled, (await EndAsync(first[0])).Row.Job.Status.State);
        await File.WriteAllTextAsync(Path.Combine(scene.Folder, "one"), "", TestContext.Current.CancellationToken);
        Assert.Equal("1", (await EndAsync(first[1])).Result);

        var second = await SubmitTwoAsync("two");
        await scene.CancelAsync(second[0]);
        await scene.CancelAsync(second[1]);
        Assert.Equal(
            [JobState.Cancelled, JobState.Cancelled],
            [(await EndAsync(second[0])).Row.Job.Status.State, (await EndAsync(second[1])).Row.Job.Status.State]
        );

        Task<(DoneRow Row, string Result)> EndAsync(JobId id) =>
            worker.AdvanceUntilAsync($"the end of job {id}", TimeSpan.FromMilliseconds(100), worker.EndOfAsync(id));

        async Task<JobId[]> SubmitTwoAsync(string go)
        {
            var ids = new JobId[2];
            for (var i = 0; i < 2; i++)
                ids[i] = await scene.SubmitAsync("hold", $$"""{"x":{{i}},"go":"{{scene.Folder}}/{{go}}"}""");
            await scene.Programs.ProcessAsync($"{go}-pid");
            return ids;
        }
    }

    [Fact]
    public async Task A_process_that_leaks_memory_is_replaced()
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            kept = []

            @method(recycle_above="100MB")
            def leak(megabytes: int) -> int:
                kept.append(bytearray(megabytes << 20))
                return os.getpid()
            """
        );

        var first = (await scene.RunAsync("leak", """{"megabytes":1}""")).Result;
        Assert.Equal(first, (await scene.RunAsync("leak", """{"megabytes":120}""")).Result);
        Assert.NotEqual(first, (await scene.RunAsync("leak", """{"megabytes":1}""")).Result);
    }

    /// <summary>
    /// Waits for the reports of a running job. The worker reports at intervals on its own clock. This method advances
    /// that clock by at most 20 seconds, which is less than a lease, so that a busy machine does not make the worker
    /// appear unresponsive.
    /// </summary>
    private static Task<T> SeesAsync<T>(ScriptScene scene, string what, Func<Task<T?>> look)
        where T : class
    {
        var moved = 0;
        return Eventually.SeesAsync(
            what,
            () =>
            {
                if (moved++ < 200)
                    scene.Programs.Worker.Clock.Advance(TimeSpan.FromMilliseconds(100));
                return look();
            },
            Eventually.WithProcesses
        );
    }

    private static void AssertJson(string expected, string actual) =>
        Assert.True(
            JsonElement.DeepEquals(JsonElement.Parse(expected), JsonElement.Parse(actual)),
            $"Expected {expected}, but it is {actual}"
        );
}
