using System.Text.Json;
using Headrace.Commands;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Consumes feeds and messages using only the command line.</summary>
[Trait("Needs", "Servers")]
public sealed class ConsumingCommandTests
{
    [Fact]
    public async Task A_job_whose_command_fails_is_released_and_delivered_again()
    {
        await using var server = await RunningServer.StartAsync();
        var created = await server.CliAsync("feeds", "set", "f", "--queue", "default", "--from", "first");
        Assert.Equal((ExitCode.Done, "f\tdefault\tsucceeded\t0\t0\t0\t0\n"), (created.Code, created.Out));
        await server.CliAsync("run", "noop");

        var failed = await server.CliAsync("results", "pull", "--feed", "f", "--exec", "exit 7");
        Assert.Equal(ExitCode.JobFailed, failed.Code);
        Assert.Contains(
            "The command failed for job 1 with exit code 7. The delivery is released and will be repeated.",
            failed.Error,
            StringComparison.Ordinal
        );
        var succeeded = await server.CliAsync(
            "results",
            "pull",
            "--feed",
            "f",
            "--exec",
            "echo $HEADRACE_JOB $HEADRACE_STATE $HEADRACE_METHOD $HEADRACE_QUEUE"
        );

        Assert.Equal((ExitCode.Done, "1 succeeded noop@1 default\n"), (succeeded.Code, succeeded.Out));
        Assert.Equal("", (await server.CliAsync("results", "pull", "--feed", "f")).Out);
        Assert.Contains("\t1\t0\t0\t0\n", (await server.CliAsync("feeds")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_feed_is_created_listed_moved_and_deleted()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("run", "noop");
        await server.CliAsync("feeds", "set", "f", "--queue", "default", "--states", "all");
        var shown = await server.CliAsync("feeds", "show", "f", "--json");
        Assert.Equal("all", JsonElement.Parse(shown.Out).GetProperty("states").GetString());

        var moved = await server.CliAsync("feeds", "seek", "f", "--to", "first");
        Assert.Equal("f\tdefault\tall\t0\t1\t0\t0\n", moved.Out);
        var wrong = await server.CliAsync("feeds", "seek", "f", "--to", "yesterday");
        Assert.Equal(ExitCode.Usage, wrong.Code);
        Assert.Contains("Use first, now or a completion number.", wrong.Error, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Done, (await server.CliAsync("feeds", "delete", "f")).Code);
        Assert.Equal(ExitCode.NotFound, (await server.CliAsync("feeds", "show", "f")).Code);
        Assert.Equal(ExitCode.NotFound, (await server.CliAsync("results", "pull", "--feed", "f")).Code);
    }

    [Fact]
    public async Task Only_a_new_secret_of_a_webhook_is_written_to_standard_output()
    {
        await using var server = await RunningServer.StartAsync();
        string[] add = ["webhooks", "add", "hook", "https://example.com/", "--queue", "default"];

        var created = await server.CliAsync(add);
        var again = await server.CliAsync(add);

        Assert.StartsWith("whsec_", created.Out, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Done, ""), (again.Code, again.Out));
        Assert.Contains("headrace webhooks rotate hook", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_are_put_and_each_is_printed_once()
    {
        await using var server = await RunningServer.StartAsync();
        var put = await server.CliAsync("messages", "put", "alerts", "one", "two");
        Assert.Equal("1\n2\n", put.Out);

        var first = await server.CliAsync("messages", "pull", "alerts", "--limit", "1");
        var second = await server.CliAsync("messages", "pull", "alerts", "--json");

        Assert.Equal("1\tone\n", first.Out);
        var message = JsonElement.Parse(second.Out);
        Assert.Equal(
            ("2#1", "two", 1),
            (
                message.GetProperty("token").GetString(),
                message.GetProperty("body").GetString(),
                message.GetProperty("delivery").GetInt32()
            )
        );
        Assert.Equal("", (await server.CliAsync("messages", "pull", "alerts")).Out);
    }
}
