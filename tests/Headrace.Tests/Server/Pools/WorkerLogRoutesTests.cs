using System.Net;
using System.Net.Http.Json;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Pools;

public sealed class WorkerLogRoutesTests
{
    [Fact]
    public async Task The_output_of_a_worker_is_kept_after_it_has_ended_and_continues_with_the_next_process()
    {
        using var folder = new ThrowAwayFolder();
        await using var scene = await StartAsync(
            $"until [ -e {folder["go"]} ]; do sleep 0.01; done; echo one; echo two >&2; exit 3"
        );
        var name = await NameAsync(scene);
        await File.WriteAllTextAsync(folder["go"], "", TestContext.Current.CancellationToken);

        var log = await Eventually.SeesAsync(
            "the end of the first process",
            async () => await GetAsync(scene, name) is { Lines.Count: >= 3 } lines ? lines : null
        );

        Assert.Equal(["one", "two"], log.Lines.Take(2).Select(line => line.Text).Order());
        Assert.Equal($"(process {log.Lines[0].ProcessId} exited with code 3)", log.Lines[2].Text);
        var next = await Eventually.SeesAsync(
            "the output of the next process",
            async () => await GetAsync(scene, name, "?after=3&wait=30") is { Lines.Count: > 0 } lines ? lines : null
        );
        Assert.NotEqual(log.Lines[0].ProcessId, next.Lines[0].ProcessId);
        Assert.Equal(4, next.Lines[0].Number);
    }

    [Fact]
    public async Task A_worker_that_has_written_nothing_has_an_empty_log_and_a_reader_can_wait_for_its_first_line()
    {
        using var folder = new ThrowAwayFolder();
        await using var scene = await StartAsync(
            $"until [ -e {folder["go"]} ]; do sleep 0.01; done; echo first; sleep 600"
        );
        var name = await NameAsync(scene);
        Assert.Empty((await GetAsync(scene, name)).Lines);

        var waiting = GetAsync(scene, name, "?wait=15");
        await File.WriteAllTextAsync(folder["go"], "", TestContext.Current.CancellationToken);

        var line = Assert.Single((await Eventually.EndsAsync("the first line", waiting)).Lines);
        Assert.Equal(("first", 1L), (line.Text, line.Number));
    }

    [Theory]
    [InlineData("/v1/workers/nobody/log", HttpStatusCode.NotFound, "There is no output of a worker 'nobody'")]
    [InlineData("/v1/workers/w/log?top=0", HttpStatusCode.BadRequest, "top=0 is not valid")]
    [InlineData("/v1/workers/w/log?after=-1", HttpStatusCode.BadRequest, "after=-1 is not valid")]
    [InlineData("/v1/workers/w/log?wait=31", HttpStatusCode.BadRequest, "wait=31 is not valid")]
    [InlineData("/v1/workers/w/log?follow=1", HttpStatusCode.BadRequest, "Unknown query parameter 'follow'")]
    public async Task Invalid_requests_are_rejected_with_the_value(string path, HttpStatusCode status, string expected)
    {
        await using var scene = await ServerScene.StartAsync();

        using var response = await scene.Client().GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(status, response.StatusCode);
        Assert.Contains(
            expected,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    private static Task<ServerScene> StartAsync(string script) =>
        ServerScene.StartAsync(options => options with { Workers = 1, WorkerCommand = ["/bin/sh", "-c", script] });

    private static Task<string> NameAsync(ServerScene scene) =>
        Eventually.SeesAsync("a process", () => scene.Server.Pool.Status.Slots[0].Worker);

    private static async Task<WorkerLogReply> GetAsync(ServerScene scene, string worker, string query = "")
    {
        using var response = await scene
            .Client()
            .GetAsync($"/v1/workers/{worker}/log{query}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (
            await response.Content.ReadFromJsonAsync(
                HeadraceJson.Default.WorkerLogReply,
                TestContext.Current.CancellationToken
            )
        )!;
    }
}
