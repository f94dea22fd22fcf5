using System.Net;
using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Server.Hosting;
using Headrace.Tests.Docs;
using Headrace.Worker;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;
using Xunit;

namespace Headrace.Tests.Server.Workers;

/// <summary>Tests the jobs that C# methods submit, over HTTP, with both stores (R13).</summary>
public sealed class ChildrenTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task The_children_of_a_method_run_when_it_has_succeeded(string store)
    {
        await using var scene = await ServerScene.StartAsync(options =>
            options with
            {
                Store = store == "memory" ? StoreKind.Memory : StoreKind.Sqlite,
            }
        );
        using var worker = new ChildWorker(scene, app =>
        {
            ThreeShapes.CountWords(app);
            ThreeShapes.Split(app);
        });

        var parent = await RunAsync(scene, "split", "a b c\n\nto be or not to be");

        Assert.Equal("succeeded", parent.GetProperty("state").GetString());
        var ids = parent.GetProperty("result").EnumerateArray().Select(id => id.GetString()!).ToList();
        var children = new List<JsonElement>();
        foreach (var id in ids)
            children.Add(await GetAsync(scene, $"/v1/jobs/{id}?wait=30"));
        Assert.All(children, child => Assert.Equal("succeeded", child.GetProperty("state").GetString()));
        Assert.All(
            children,
            child => Assert.Equal(parent.GetProperty("id").GetString(), child.GetProperty("parent").GetString())
        );
        var page = await GetAsync(scene, $"/v1/jobs?q=parent:{parent.GetProperty("id").GetString()}");
        Assert.Equal(
            ids.AsEnumerable().Reverse(),
            page.GetProperty("jobs").EnumerateArray().Select(job => job.GetProperty("id").GetString())
        );
        await worker.StopAsync();
    }

    [Fact]
    public async Task A_child_is_blocked_while_its_parent_runs_and_is_gone_when_the_attempt_has_failed()
    {
        await using var scene = await ServerScene.StartAsync();
        var submitted = new TaskCompletionSource<JobId>(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var worker = new ChildWorker(
            scene,
            app =>
                app.MapMethod(
                    "fail",
                    async (JobContext job) =>
                    {
                        submitted.SetResult(await job.SubmitAsync(new ChildJob("fail")));
                        await goOn.Task;
                        throw new JobRejectedException("No.");
                    }
                )
        );

        var parent = await SubmitAsync(scene, "fail");
        var child = await Eventually.EndsAsync("the submission of the child", submitted.Task);
        var blocked = await GetAsync(scene, $"/v1/jobs/{child}");
        var list = await GetAsync(scene, "/v1/jobs?q=state:blocked");
        goOn.SetResult();
        var failed = await GetAsync(scene, $"/v1/jobs/{parent}?wait=30");
        using var gone = await scene.Client().GetAsync($"/v1/jobs/{child}", Stop);

        Assert.Equal("blocked", blocked.GetProperty("state").GetString());
        Assert.Equal(
            $"Waits until attempt 1 of job {parent}, which submitted it, succeeds.",
            blocked.GetProperty("why").GetString()
        );
        Assert.Equal(child.ToString(), list.GetProperty("jobs")[0].GetProperty("id").GetString());
        Assert.Equal("failed", failed.GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        await worker.StopAsync();
    }

    [Fact]
    public async Task A_rejected_submission_is_an_exception_with_its_kind_and_leaves_no_child()
    {
        await using var scene = await ServerScene.StartAsync();
        using var worker = new ChildWorker(
            scene,
            app =>
            {
                ThreeShapes.CountWords(app);
                app.MapMethod(
                    "try",
                    async (JobContext job) =>
                    {
                        var kinds = new List<string>();
                        foreach (
                            var child in (ChildJob[])
                                [
                                    new("unknown"),
                                    ChildJob.Create("short-words", new { longest = 1_000 }),
                                    new("short-words") { Queue = "Not A Queue" },
                                ]
                        )
                            try
                            {
                                await job.SubmitAsync([new ChildJob("short-words"), child]);
                            }
                            catch (SubmissionRejectedException rejected)
                            {
                                kinds.Add(rejected.Kind);
                            }
                        return kinds;
                    }
                );
            }
        );

        var job = await RunAsync(scene, "try");

        Assert.Equal(
            """["unknown-method","invalid-params","bad-request"]""",
            job.GetProperty("result").GetRawText().Replace(" ", "", StringComparison.Ordinal)
        );
        Assert.Empty(
            (await GetAsync(scene, $"/v1/jobs?q=parent:{job.GetProperty("id").GetString()}"))
                .GetProperty("jobs")
                .EnumerateArray()
        );
        await worker.StopAsync();
    }

    [Fact]
    public async Task Children_that_cannot_be_sent_are_refused_with_the_value_and_the_limit()
    {
        await using var scene = await ServerScene.StartAsync();
        using var worker = new ChildWorker(
            scene,
            app =>
                app.MapMethod(
                    "try",
                    async (JobContext job) =>
                    {
                        var texts = new List<string>();
                        foreach (
                            var children in (ChildJob[][])
                                [
                                    [new("try"), new("try") { Retry = new RetryOptions { Max = -1 } }],
                                    [.. Enumerable.Repeat(new ChildJob("try"), 1_001)],
                                ]
                        )
                            try
                            {
                                await job.SubmitAsync(children);
                            }
                            catch (ArgumentException refused)
                            {
                                texts.Add(refused.Message);
                            }
                        return texts;
                    }
                )
        );

        var job = await RunAsync(scene, "try");

        Assert.Equal(
            [
                "The retry policy of child 2 is not valid: max is -1. Use a whole number from 0 to 1000. (Parameter "
                    + "'children')",
                "1001 children were submitted at once; submit 1 to 1000. (Parameter 'children')",
            ],
            job.GetProperty("result").EnumerateArray().Select(text => text.GetString())
        );
        await worker.StopAsync();
    }

    [Fact]
    public async Task A_method_that_does_not_await_its_submission_fails()
    {
        await using var scene = await ServerScene.StartAsync();
        using var worker = new ChildWorker(
            scene,
            app =>
                app.MapMethod(
                    "hasty",
                    (JobContext job) =>
                    {
                        _ = job.SubmitAsync(new ChildJob("hasty"));
                        return 1;
                    }
                )
        );

        var job = await RunAsync(scene, "hasty", retries: 0);

        Assert.Equal("failed", job.GetProperty("state").GetString());
        Assert.Equal("SubmissionNotAwaited", job.GetProperty("error").GetProperty("type").GetString());
        await worker.StopAsync();
    }

    private static async Task<JsonElement> RunAsync(
        ServerScene scene,
        string method,
        string body = "",
        int retries = 3
    )
    {
        var id = await SubmitAsync(scene, method, body, retries);
        var job = await GetAsync(scene, $"/v1/jobs/{id}?wait=30");
        if (job.GetProperty("state").GetString() != "succeeded")
            return job;
        var result = await scene.Client().GetStringAsync($"/v1/jobs/{id}/result", Stop);
        return JsonElement.Parse($$"""{"id":"{{id}}","state":"succeeded","result":{{result}}}""");
    }

    private static async Task<string> SubmitAsync(ServerScene scene, string method, string body = "", int retries = 3)
    {
        using var answer = await scene
            .Client()
            .PostAsync($"/v1/jobs?method={method}&retries={retries}", new StringContent(body), Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, text);
        return JsonElement.Parse(text).GetProperty("id").GetString()!;
    }

    private static async Task<JsonElement> GetAsync(ServerScene scene, string path) =>
        JsonElement.Parse(await scene.Client().GetStringAsync(path, Stop));

    /// <summary>A worker in this process that is connected to the server over HTTP.</summary>
    private sealed class ChildWorker : IDisposable
    {
        private readonly HttpExchangeTransport _transport;
        private readonly WorkerLoop _loop;
        private readonly Task _ended;

        public ChildWorker(ServerScene scene, Action<HeadraceWorker> map)
        {
            var app = HeadraceWorker.Create([]);
            map(app);
            Assert.True(ServerEndpoint.TryParse(scene.Server.Ready.Url, out var endpoint));
            var self = new WorkerIdentity(new WorkerName("children"), new Incarnation(77), "default");
            _transport = new HttpExchangeTransport(endpoint, scene.Key, self.Name.Text);
            var clock = new BootClock();
            _loop = app.CreateLoop(
                self,
                new WorkerRules { Slots = 2 },
                _transport,
                clock,
                new ThreadWakeSignal(clock),
                _ => { }
            );
            _ended = _loop.RunAsync();
            AwaitMethods(scene);
        }

        public async Task StopAsync()
        {
            _loop.Drain("the test ends.");
            await Eventually.EndsAsync("the end of the worker", _ended);
        }

        public void Dispose() => _transport.Dispose();

#pragma warning disable VSTHRD002 // A constructor cannot await, and the tests have no synchronization context.
        private static void AwaitMethods(ServerScene scene) =>
            SpinWait.SpinUntil(
                () =>
                    scene
                        .Client()
                        .GetStringAsync("/v1/workers", Stop)
                        .GetAwaiter()
                        .GetResult()
                        .Contains("children", StringComparison.Ordinal),
                TimeSpan.FromSeconds(60)
            );
#pragma warning restore VSTHRD002
    }
}
