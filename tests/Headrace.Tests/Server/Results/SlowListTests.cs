using System.IO.Pipelines;
using System.Text.Json;
using Headrace.Core.Results;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Headrace.Server.Results;
using Headrace.Tests.Support;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Headrace.Tests.Server.Results;

public sealed class SlowListTests
{
    private const int Jobs = 12;
    private const int ParamsBytes = 300_000;
    private const long Budget = 1_000_000;

    private static readonly string Params = $$"""{"pad":"{{new string('p', ParamsBytes - 10)}}"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_does_not_read_its_list_holds_the_params_of_one_job_R13()
    {
        await using var scene = await FilledAsync();
        var budget = new ReplyBudget(TimeProvider.System, Budget);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: PacedWriting.PieceBytes));

        var writing = List(scene, budget)
            .ExecuteAsync(
                new DefaultHttpContext { Response = { Body = pipe.Writer.AsStream() }, RequestAborted = Token }
            );
        // The memory store answers immediately, so the server writes the list until the pipe pauses the writer.
        await Eventually.HoldsAsync("the params of the first job", () => budget.Available < Budget);

        Assert.False(writing.IsCompleted);
        Assert.Equal(Budget - ParamsBytes, budget.Available);

        var page = await ReadAsync(pipe, writing);
        Assert.Equal(Jobs, page.Jobs.Count(job => job.Params!.Value.GetRawText() == Params));
        Assert.Equal(Budget, budget.Available);
    }

    [Fact]
    public async Task A_list_for_whose_params_no_memory_is_free_is_rejected_before_it_begins_R13()
    {
        await using var scene = await FilledAsync();
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var budget = new ReplyBudget(clock, Budget);
        Assert.True((await budget.ReserveAsync(Budget, Token)).TryGet(out _, out _));
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = body }, RequestAborted = Token };

        var writing = List(scene, budget).ExecuteAsync(context);
        await Eventually.HoldsAsync(
            "the end of the wait for memory",
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(10));
                return writing.IsCompleted;
            }
        );

        await writing;
        Assert.Equal(503, context.Response.StatusCode);
        Assert.Equal("1", context.Response.Headers.RetryAfter);
    }

    private static JobListReply List(ServerScene scene, ReplyBudget budget) =>
        new(
            new JobPages(
                scene.Server.JobStore,
                JobFilter.Everything,
                JobOrder.Newest,
                TestCallers.Ada,
                TimeProvider.System
            ),
            Cursor.Start,
            1_000,
            new JobPayloads(scene.Server.JobStore, budget)
        )
        {
            Counts = [],
        };

    private static async Task<ServerScene> FilledAsync()
    {
        var scene = await ServerScene.StartAsync();
        var worker = scene.Worker();
        await worker.SendAsync(worker.Next());
        for (var i = 0; i < Jobs; i++)
            await scene.SubmitAsync(parameters: Params);
        return scene;
    }

    private static async Task<JobPage> ReadAsync(Pipe pipe, Task writing)
    {
        var completed = writing.ContinueWith(_ => pipe.Writer.Complete(), Token, default, TaskScheduler.Default);
        using var text = new MemoryStream();
        await pipe.Reader.CopyToAsync(text, Token);
        await completed;
        await writing;
        return JsonSerializer.Deserialize(text.ToArray(), HeadraceJson.Default.JobPage)!;
    }
}
