using System.Text.Json;
using Headrace.Commands;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Controls queues and deletes ended jobs using only the command line.</summary>
[Trait("Needs", "Servers")]
public sealed class QueuesCommandTests
{
    [Fact]
    public async Task A_queue_is_configured_paused_purged_drained_and_resumed()
    {
        await using var server = await RunningServer.StartAsync();

        var set = await server.CliAsync(
            "queues",
            "set",
            "eu",
            "--max-jobs",
            "50",
            "--keep",
            "3d",
            "--keep-bytes",
            "2GB"
        );
        Assert.Equal((ExitCode.Done, ""), (set.Code, set.Error));
        Assert.StartsWith(
            "eu\topen\t50\tdefault\treject\t-\t3d, 2.0 GB\t30d, 8.0 GB\t",
            set.Out,
            StringComparison.Ordinal
        );
        var changed = await server.CliAsync("queues", "set", "eu", "--time-limit", "90s", "--json");
        var settings = JsonElement.Parse(changed.Out);
        Assert.Equal(
            (50, "90s", "3d"),
            (
                settings.GetProperty("maxJobs").GetInt32(),
                settings.GetProperty("timeLimit").GetString(),
                settings.GetProperty("keepSucceeded").GetProperty("age").GetString()
            )
        );

        await server.CliAsync("queues", "pause", "eu");
        var ids = (await server.CliAsync("submit", "noop", "--queue", "eu", "--json")).Out;
        var id = JsonElement.Parse(ids).GetProperty("id").GetString()!;
        var why = await server.CliAsync("jobs", "why", id);
        Assert.StartsWith("Queue 'eu' was paused by admin at ", why.Out, StringComparison.Ordinal);
        var listed = await server.CliAsync("queues");
        Assert.Contains("eu\tpaused\t1\t50\t", listed.Out, StringComparison.Ordinal);

        var asked = await server.CliAsync("queues", "purge", "eu");
        Assert.Equal(ExitCode.Usage, asked.Code);
        Assert.Contains(
            "This would cancel 1 ready job in the queue 'eu'. Specify --yes",
            asked.Error,
            StringComparison.Ordinal
        );
        var key = (await server.CliAsync("keys", "create", "jan", "--role", "submitter=eu")).Out.Trim();
        var denied = await server.CliAsync([("HEADRACE_KEY", key)], "queues", "purge", "eu", "--yes");
        Assert.Equal(ExitCode.NotAllowed, denied.Code);
        var purged = await server.CliAsync("queues", "purge", "eu", "--yes", "--json");
        Assert.Equal("""{"cancelled":1,"ready":0}""" + "\n", purged.Out);
        await server.CliAsync("jobs", "delete", "--filter", "queue:eu state:cancelled", "--yes");
        var audit = (await server.CliAsync("audit", "--limit", "2")).Lines;
        Assert.Contains("\tdelete jobs\tqueue:eu state:cancelled\t", audit[0], StringComparison.Ordinal);
        Assert.Contains("\tpurge queue\teu\t", audit[1], StringComparison.Ordinal);

        var drained = await server.CliAsync("queues", "drain", "eu", "--wait");
        Assert.Equal(ExitCode.Done, drained.Code);
        var refused = await server.CliAsync("submit", "noop", "--queue", "eu");
        Assert.NotEqual(ExitCode.Done, refused.Code);
        Assert.Contains("is being drained", refused.Error, StringComparison.Ordinal);
        await server.CliAsync("queues", "resume", "eu");
        Assert.Equal(ExitCode.Done, (await server.CliAsync("run", "noop", "--queue", "eu")).Code);
    }

    [Theory]
    [InlineData("jobs")]
    [InlineData("methods")]
    [InlineData("queues")]
    public async Task A_group_without_a_subcommand_lists(string group)
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("run", "noop");

        var listed = await server.CliAsync(group);

        Assert.Equal((ExitCode.Done, ""), (listed.Code, listed.Error));
        Assert.NotEmpty(listed.Lines);
        Assert.Equal(listed.Out, (await server.CliAsync(group, "list")).Out);
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("drain")]
    [InlineData("set", "--max-jobs", "5")]
    public async Task A_queue_name_that_may_be_misspelt_is_noticed(string action, params string[] options)
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("queues", "set", "orders", "--max-jobs", "50");

        var misspelt = await server.CliAsync(["queues", action, "ordres", .. options]);
        var exact = await server.CliAsync(["queues", action, "orders", .. options]);
        var other = await server.CliAsync(["queues", action, "invoices", .. options]);

        const string Hint = "No queue was named 'ordres' before. Did you mean 'orders'?\n";
        Assert.Equal(ExitCode.Done, misspelt.Code);
        Assert.EndsWith(Hint, misspelt.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Did you mean", exact.Error + other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drain_that_waits_says_that_the_queue_is_paused()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("submit", "noop", "--queue", "eu", "--at", "1h");
        await server.CliAsync("queues", "pause", "eu");

        using var drain = server.StartCli([], "queues", "drain", "eu", "--wait");
        var message = "";
        while (!message.Contains("paused", StringComparison.Ordinal))
            message =
                await drain
                    .StandardError.ReadLineAsync(TestContext.Current.CancellationToken)
                    .AsTask()
                    .WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken)
                ?? throw new InvalidOperationException("The command ended.");
        await server.CliAsync("jobs", "cancel", "1");
        var drained = await CliProcess.EndAsync(drain, "queues drain");

        Assert.Equal(ExitCode.Done, drained.Code);
        Assert.StartsWith("The queue 'eu' is paused: its waiting jobs do not start", message, StringComparison.Ordinal);
        Assert.EndsWith(
            "headrace queues resume eu && headrace queues drain eu --wait",
            message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_change_with_the_same_key_is_made_once_R17()
    {
        await using var server = await RunningServer.StartAsync();
        string[] cancel = ["jobs", "cancel", "--filter", "queue:night", "--key", "n1"];
        var first = await server.CliAsync(cancel);
        var again = await server.CliAsync([.. cancel, "--json"]);
        var other = await server.CliAsync("jobs", "cancel", "--filter", "queue:day", "--key", "n1");
        var missing = await server.CliAsync("jobs", "cancel", "42", "--key", "n1");

        Assert.Equal(ExitCode.Done, first.Code);
        Assert.StartsWith("sweep 1 ", first.Out, StringComparison.Ordinal);
        var repeated = JsonElement.Parse(again.Out);
        Assert.Equal(
            ("1", true),
            (repeated.GetProperty("id").GetString(), repeated.GetProperty("repeated").GetBoolean())
        );
        Assert.Contains("belongs to sweep 1", other.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, missing.Code);
        Assert.Contains("Specify --filter, or omit --key.", missing.Error, StringComparison.Ordinal);
        Assert.Single((await server.CliAsync("sweeps", "list", "--json")).Lines);
    }

    [Fact]
    public async Task A_submission_of_many_files_says_what_it_waits_for()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("queues", "set", "small", "--max-jobs", "1");
        await server.CliAsync("queues", "pause", "small");
        string[] files = [Path.Combine(server.Home, "a"), Path.Combine(server.Home, "b")];
        foreach (var file in files)
            await File.WriteAllTextAsync(file, "x", TestContext.Current.CancellationToken);

        using var process = server.StartCli([], "submit", "noop", "--queue", "small", "--each", files[0], files[1]);
        var note = await Eventually.EndsAsync(
            "the note",
            process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
        );
        Assert.Contains("The queue 'small' is full", note, StringComparison.Ordinal);
        await server.CliAsync("queues", "set", "small", "--max-jobs", "2");

        var ended = await CliProcess.EndAsync(process, "submit");
        Assert.True(ended.Code == ExitCode.Done, ended.Error);
        Assert.Equal(2, ended.Lines.Length);
    }

    [Fact]
    public async Task The_JSON_of_a_list_has_no_counts_that_are_zero()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("run", "noop");

        foreach (
            var command in (string[][])
                [
                    ["queues", "list", "--json"],
                    ["queues", "show", "default", "--json"],
                ]
        )
        {
            var queue = JsonElement.Parse(Assert.Single((await server.CliAsync(command)).Lines));
            var count = Assert.Single(queue.GetProperty("counts").EnumerateArray());
            Assert.Equal(
                ("noop", "succeeded", 1),
                (
                    count.GetProperty("method").GetString()!.Split('@')[0],
                    count.GetProperty("state").GetString(),
                    count.GetProperty("jobs").GetInt32()
                )
            );
        }
    }

    [Fact]
    public async Task Ended_jobs_are_shown_with_what_they_occupy_and_deleted()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("run", "noop");
        var latest = await server.CliAsync("results", "latest", "--json");
        var id = JsonElement.Parse(latest.Lines[0]).GetProperty("id").GetString()!;

        var usage = await server.CliAsync("store", "usage");
        Assert.StartsWith("default\tsucceeded\t1\t", usage.Out, StringComparison.Ordinal);
        Assert.Contains("The store occupies ", usage.Error, StringComparison.Ordinal);

        Assert.Equal($"{id}\tdeleted\n", (await server.CliAsync("jobs", "delete", id)).Out);
        var again = await server.CliAsync("jobs", "delete", id, "424242");
        Assert.Equal(ExitCode.NotFound, again.Code);
        Assert.Equal(ExitCode.NotFound, (await server.CliAsync("jobs", "show", id)).Code);
    }

    [Fact]
    public async Task Ended_jobs_that_match_a_filter_are_counted_and_deleted()
    {
        await using var server = await RunningServer.StartAsync();
        for (var i = 0; i < 3; i++)
            await server.CliAsync("run", "noop", "--tag", $"run={i}");

        var counted = await server.CliAsync("jobs", "delete", "--filter", "tag:run=1", "--dry-run");
        Assert.Equal("1 job matches\n", counted.Out);
        var typo = await server.CliAsync("jobs", "delete", "--filter", "tga:run=1");
        Assert.Equal(ExitCode.Usage, typo.Code);
        Assert.Contains("Did you mean 'tag'?", typo.Error, StringComparison.Ordinal);
        var asked = await server.CliAsync("jobs", "delete", "--filter", "");
        Assert.Equal(ExitCode.Usage, asked.Code);
        Assert.Contains(
            "would delete every job that it can: 3 jobs match. If that is intended, specify --yes",
            asked.Error,
            StringComparison.Ordinal
        );
        var wide = await server.CliAsync("jobs", "delete", "--filter", "to:2100-01-01");
        Assert.Equal((asked.Code, asked.Error), (wide.Code, wide.Error));
        Assert.StartsWith("headrace: The filter excludes no job, so", wide.Error, StringComparison.Ordinal);
        var deleted = await server.CliAsync("jobs", "delete", "--filter", "tag:run=1");
        Assert.Equal("sweep 1 (delete) done: 1 changed\n", deleted.Out);
        await server.CliAsync("jobs", "delete", "--filter", "", "--yes");
        Assert.Equal("", (await server.CliAsync("jobs", "list")).Out);
    }

    [Fact]
    public async Task Queues_workers_and_pools_are_listed_without_a_sub_command()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("run", "noop");

        foreach (var command in (string[])["queues", "workers", "pools"])
        {
            var short_ = await server.CliAsync(command, "--json");
            var long_ = await server.CliAsync(command, "list", "--json");
            Assert.Equal(ExitCode.Done, short_.Code);
            Assert.NotEmpty(short_.Lines);
            Assert.Equal(long_.Lines.Length, short_.Lines.Length);
        }
    }

    [Fact]
    public async Task A_retention_below_the_minimum_is_rejected_with_the_minimum_and_the_remedy()
    {
        await using var server = await RunningServer.StartAsync();

        var refused = await server.CliAsync("queues", "set", "eu", "--keep", "5m");

        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains(
            "keepSucceeded.age is 5m, but an ended job is kept for at least 1h",
            refused.Error,
            StringComparison.Ordinal
        );
    }
}
