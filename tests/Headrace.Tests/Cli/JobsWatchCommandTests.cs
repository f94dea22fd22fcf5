using System.Diagnostics;
using System.Text.Json;
using Headrace.Cli.Commands;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Tests <c>headrace jobs watch</c> and <c>headrace jobs logs -f</c> with real processes.</summary>
[Trait("Needs", "Servers")]
public sealed class JobsWatchCommandTests
{
    [Fact]
    public async Task Watch_prints_the_changes_of_jobs_and_continues_after_the_server_was_killed()
    {
        await using var server = await RunningServer.StartAsync();
        using var watch = server.StartCli([], "jobs", "watch", "--filter", "queue:eu", "--json");
        Assert.Equal("resync", (await NextAsync(watch)).GetProperty("kind").GetString());

        await server.CliAsync("run", "noop", "--queue", "eu");
        await server.CliAsync("run", "noop", "--queue", "us");

        Assert.Equal(["running", "succeeded"], await LifeAsync(watch));

        await server.KillAsync();
        await server.StartAgainAsync();
        var resync = await NextAsync(watch);
        Assert.Equal("restarted", resync.GetProperty("resync").GetProperty("reason").GetString());
        await server.CliAsync("run", "noop", "--queue", "eu");
        Assert.Equal(["running", "succeeded"], await LifeAsync(watch));

        watch.Kill();
    }

    [Fact]
    public async Task Watch_without_a_filter_prints_the_changes_of_queues()
    {
        await using var server = await RunningServer.StartAsync();
        using var watch = server.StartCli([], "jobs", "watch");
        // The command prints nothing when it begins to watch, so the queue changes until it does.
        var first = watch.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();

        await Eventually.SeesAsync(
            "a line about the queue",
            async () =>
            {
                await server.CliAsync("queues", "pause", "eu");
                await server.CliAsync("queues", "resume", "eu");
                return first.IsCompleted ? first : null;
            },
            Eventually.WithProcesses
        );

        Assert.Matches(@"^\S+ \S+\t-\t(paused|resumed)\teu\t-\t-\tby admin$", await first);
        watch.Kill();
    }

    [Fact]
    public async Task Logs_follow_prints_what_a_job_logged_and_ends_with_it()
    {
        await using var server = await RunningServer.StartAsync();
        var submitted = await server.CliAsync("submit", "noop");
        var id = submitted.Out.Trim();

        var followed = await server.CliAsync("jobs", "logs", id, "-f");

        Assert.Equal((0, ""), (followed.Code, followed.Out));
        Assert.Equal(5, (await server.CliAsync("jobs", "logs", "999999", "-f")).Code);
    }

    [Theory]
    [InlineData("", "a\n", "a\n")]
    [InlineData("a\n", "a\nb\n", "b\n")]
    [InlineData("a\n", "a\n", "")]
    [InlineData("# attempt 1\na\nb\n", "# attempt 1\nb\nc\n", "# attempt 1\nb\nc\n")]
    [InlineData("a\n", "c\n", "c\n")]
    public void Only_what_follows_the_printed_part_of_a_log_is_printed(string printed, string log, string rest) =>
        Assert.Equal(rest, JobLogFollower.Unprinted(printed, log));

    [Fact]
    public void The_rest_of_a_log_that_lost_its_first_lines_follows_the_end_of_the_printed_part()
    {
        var printed = "# attempt 1\n" + Lines(0, 1_000);
        var log = "# attempt 1\n" + Lines(500, 1_100);

        Assert.Equal(Lines(1_000, 1_100), JobLogFollower.Unprinted(printed, log));

        static string Lines(int from, int to) =>
            string.Concat(Enumerable.Range(from, to - from).Select(number => $"line {number}\n"));
    }

    /// <summary>
    /// Returns the states of a job until it has succeeded, without the state in which it may have waited for a worker.
    /// </summary>
    private static async Task<List<string?>> LifeAsync(Process watch)
    {
        var states = new List<string?>();
        while (states is not [.., "succeeded"])
            if ((await NextAsync(watch)).TryGetProperty("job", out var job))
                states.Add(job.GetProperty("state").GetString());
        states.Remove("ready");
        return states;
    }

    private static async Task<JsonElement> NextAsync(Process watch)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromSeconds(60));
        var line = await watch.StandardOutput.ReadLineAsync(late.Token);
        return JsonElement.Parse(line ?? throw new EndOfStreamException(await watch.StandardError.ReadToEndAsync()));
    }
}
