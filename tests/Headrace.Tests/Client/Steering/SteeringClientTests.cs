using System.Text.Json;
using Headrace.Client;
using Headrace.Client.Steering;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Client.Steering;

[Trait("Needs", "Servers")]
public sealed class SteeringClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Results_of_a_topic_arrive_once_each_with_the_data_of_their_tasks()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = Connect(server);
        var steering = await SteeringClient.OpenAsync(client, "search", ["hash"], Stop);
        var data = JsonElement.Parse("""{"point":[1.5,null],"text":"ü = 😀 \" \\ "}""");

        var ids = new List<string>();
        for (var i = 1; i <= 3; i++)
            ids.Add(
                await steering.SendAsync(
                    SteeringTask.Create("sha512", new { iterations = i }) with
                    {
                        Topic = "hash",
                        Data = data,
                    },
                    Stop
                )
            );
        await steering.SendAsync(SteeringTask.Create("noop", new { }), Stop);
        var results = new List<SteeringResult>();
        for (var i = 0; i < 3; i++)
            results.Add(await steering.ReceiveAsync("hash", Patience, Stop));
        var other = await steering.ReceiveAsync(timeout: Patience, cancellationToken: Stop);

        Assert.Equal(ids.Order(), results.Select(result => result.Job.Id).Order());
        Assert.All(
            results,
            result =>
            {
                Assert.True(result is { HasSucceeded: true, IsComplete: true, Failure: null, Topic: "hash" });
                Assert.True(JsonElement.DeepEquals(data, result.Data!.Value));
                Assert.Equal(128, result.Value!.Text.Length);
                Assert.True(result.Created <= result.Received);
                Assert.True(result.WaitTime >= TimeSpan.Zero && result.RunTime >= TimeSpan.Zero);
                Assert.InRange(result.Efficiency!.Value, 0, 1);
            }
        );
        Assert.Null(other.Data);
        Assert.Equal(0, await steering.CountActiveAsync("hash", Stop));
        await Assert.ThrowsAsync<TimeoutException>(() => steering.ReceiveAsync("hash", TimeSpan.Zero, Stop));
        Assert.Contains(
            "Open topics: default, hash.",
            (await Assert.ThrowsAsync<ArgumentException>(() => steering.ReceiveAsync("x", Patience, Stop))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_task_that_fails_arrives_like_any_other_and_a_large_result_is_refused_by_name()
    {
        await using var server = await RunningServer.StartAsync();
        await InstallAsync(server);
        using var client = Connect(server);
        var steering = await SteeringClient.OpenAsync(client, "search", cancellationToken: Stop);

        await steering.SendAsync(SteeringTask.Create("large", new { size = 2_000_000 }), Stop);
        var refused = await steering.ReceiveAsync(timeout: Patience, cancellationToken: Stop);
        var unknown = await Assert.ThrowsAsync<HeadraceProblemException>(() =>
            steering.SendAsync(SteeringTask.Create("no-such-method", new { }), Stop)
        );
        var tooLong = await Assert.ThrowsAsync<ArgumentException>(() =>
            steering.SendAsync(
                SteeringTask.Create("noop", new { }) with
                {
                    Data = JsonSerializer.SerializeToElement(new string('x', 700)),
                },
                Stop
            )
        );

        Assert.False(refused.HasSucceeded);
        Assert.Null(refused.Value);
        Assert.Contains("too-large", refused.Failure, StringComparison.Ordinal);
        Assert.Contains("1 MB", refused.Failure, StringComparison.Ordinal);
        Assert.Equal("unknown-method", unknown.Name);
        Assert.Contains("702 characters of JSON; the limit is 700", tooLong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_task_returns_its_parts_before_its_result()
    {
        await using var server = await RunningServer.StartAsync();
        await InstallAsync(server);
        using var client = Connect(server);
        var steering = await SteeringClient.OpenAsync(client, "search", cancellationToken: Stop);
        var id = await steering.SendAsync(
            SteeringTask.Create("count", new { to = 3 }) with
            {
                Data = JsonSerializer.SerializeToElement("kept"),
            },
            Stop
        );

        var followed = await steering.FollowAsync(id, Stop).ToListAsync(Stop);

        Assert.Equal(["0", "1", "2", "[0,1,2]"], followed.Select(part => part.Value!.Text));
        Assert.Equal([false, false, false, true], followed.Select(part => part.IsComplete));
        Assert.All(followed, part => Assert.Equal(("default", "kept"), (part.Topic, part.Data!.Value.GetString())));
        Assert.Equal("[0,1,2]", (await steering.ReceiveAsync(timeout: Patience, cancellationToken: Stop)).Value!.Text);
    }

    [Fact]
    public async Task A_program_that_is_started_again_receives_what_the_first_one_did_not()
    {
        await using var server = await RunningServer.StartAsync();
        using (var client = Connect(server))
        {
            var first = await SteeringClient.OpenAsync(client, "search", cancellationToken: Stop);
            for (var i = 0; i < 2; i++)
                await first.SendAsync(
                    SteeringTask.Create("noop", new { }) with
                    {
                        Data = JsonSerializer.SerializeToElement(i),
                    },
                    Stop
                );
            await first.ReceiveAsync(timeout: Patience, cancellationToken: Stop);
        }
        await server.KillAsync();
        await server.StartAgainAsync();

        using var next = Connect(server);
        var second = await SteeringClient.OpenAsync(next, "search", cancellationToken: Stop);
        await second.ReceiveAsync(timeout: Patience, cancellationToken: Stop);
        await Assert.ThrowsAsync<TimeoutException>(() =>
            second.ReceiveAsync(timeout: TimeSpan.Zero, cancellationToken: Stop)
        );
        await second.CloseAsync(Stop);

        Assert.Empty((await next.Feeds.ListAsync(cancellationToken: Stop)).Feeds);
    }

    [Fact]
    public void A_log_whose_first_lines_were_dropped_continues()
    {
        var log = string.Concat(Enumerable.Range(0, 1000).Select(i => $"{i}\n"));
        var parts = new LogParts();

        Assert.Equal(1000, parts.Next(1, log).Count());
        Assert.Equal(["1000"], parts.Next(1, log[2000..] + "text\n1000\n{\"half"));
        Assert.Equal(["1"], parts.Next(2, "1\n"));
    }

    private static HeadraceClient Connect(RunningServer server) =>
        new(server.Url, File.ReadAllText(Path.Combine(server.Home, "data", "admin.key")).Trim());

    private static async Task InstallAsync(RunningServer server)
    {
        var script = server.Write(
            "steered.py",
            """
            from typing import Iterator
            from headrace import method

            @method
            def large(size: int) -> str:
                return "x" * size

            @method
            def count(to: int) -> Iterator[int]:
                print("counting")
                for n in range(to):
                    yield n
            """u8.ToArray()
        );
        var installed = await server.CliAsync("methods", "install", script);
        Assert.True(installed.Code == 0, installed.Error);
        await server.WaitForMethodAsync("count");
        await server.WaitForMethodAsync("large");
    }
}
