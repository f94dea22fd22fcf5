using Headrace.Client;
using Headrace.Protocol.Json;
using Headrace.Storage.Sqlite;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Kills servers with SIGKILL in the middle of sweeps.</summary>
[Trait("Needs", "Servers")]
public sealed class SweepKillTests
{
    private const int Jobs = 3_000;

    /// <summary>The queue's job limit. When the limit is reached, the sweep has to wait.</summary>
    private const int Places = 10;

    private const string Everything = "queue:eu";

    [Fact]
    public async Task A_server_that_is_killed_during_a_sweep_continues_it_and_changes_each_job_once()
    {
        await using var server = await StartWithCancelledJobsAsync();
        var sweep = await UseAsync(
            server,
            async (client, stop) =>
            {
                await client.Queues.SetSettingsAsync("eu", new QueueSettingsRequest { MaxJobs = Places }, stop);
                return await client.Sweeps.StartAsync("retry", new SweepRequest { Filter = Everything }, stop);
            }
        );

        await ReachesAsync(server, sweep, at => at is { Waiting: not null, Changed: Places });
        await server.KillAsync();
        Assert.Equal((Places, Jobs - Places, Places), Stored(server, sweep));

        await server.StartAgainAsync("0");
        await UseAsync(
            server,
            (client, stop) => client.Queues.SetSettingsAsync("eu", new QueueSettingsRequest(), stop)
        );
        await ReachesAsync(server, sweep, at => at.Changed > Places);
        await server.KillAsync();
        var (unfinished, ended, changed) = Stored(server, sweep);
        Assert.Equal((changed, Jobs), (unfinished, unfinished + ended));

        await server.StartAgainAsync("0");
        var done = await ReachesAsync(server, sweep, at => at.State == "done");
        Assert.Equal((Jobs, 0), (done.Changed, done.Skipped));
        var queue = await UseAsync(server, (client, stop) => client.GetQueueAsync("eu", stop));
        Assert.Equal(Jobs, queue.Counts.Where(count => count.State == "ready").Sum(count => count.Jobs));
    }

    [Fact]
    public async Task A_server_that_is_killed_while_a_sweep_deletes_has_deleted_whole_jobs_and_deletes_the_others()
    {
        await using var server = await StartWithCancelledJobsAsync();
        var sweep = await UseAsync(
            server,
            (client, stop) => client.Sweeps.StartAsync("delete", new SweepRequest { Filter = Everything }, stop)
        );

        await ReachesAsync(server, sweep, at => at.Changed > 0);
        await server.KillAsync();
        var (_, kept, deleted) = Stored(server, sweep);
        Assert.Equal(Jobs, kept + deleted);
        Assert.Equal(kept, Query(server, "SELECT count(*) FROM idempotency_key"));
        Assert.Equal(kept, Query(server, "SELECT coalesce(sum(jobs), 0) FROM counter WHERE state = 7"));

        await server.StartAgainAsync("0");
        var done = await ReachesAsync(server, sweep, at => at.State == "done");
        Assert.Equal((Jobs, 0), (done.Changed, done.Skipped));
        var usage = await UseAsync(server, (client, stop) => client.Queues.GetStoreUsageAsync(null, stop));
        Assert.Equal(0, usage.Kept.Sum(kept => kept.Jobs));
    }

    /// <summary>Starts a server with a paused queue whose jobs have been cancelled by a sweep.</summary>
    private static async Task<RunningServer> StartWithCancelledJobsAsync()
    {
        var server = await RunningServer.StartAsync();
        var cancel = await UseAsync(
            server,
            async (client, stop) =>
            {
                await client.Queues.PauseAsync("eu", stop);
                var jobs = Enumerable.Range(0, Jobs).Select(_ => new JobRequest("noop") { Queue = "eu" });
                await foreach (var submitted in client.SubmitManyAsync(jobs, stop))
                    Assert.Null(submitted.Problem);
                return await client.Sweeps.StartAsync("cancel", new SweepRequest { Filter = Everything }, stop);
            }
        );
        var done = await ReachesAsync(server, cancel, at => at.State == "done");
        Assert.Equal(Jobs, done.Changed);
        return server;
    }

    private static Task<SweepReply> ReachesAsync(
        RunningServer server,
        SweepReply sweep,
        Func<SweepReply, bool> reached
    ) =>
        Eventually.SeesAsync(
            $"the progress of sweep {sweep.Id}",
            () =>
                UseAsync(
                    server,
                    async (client, stop) =>
                        await client.Sweeps.GetAsync(sweep.Id, stop) is var at && reached(at) ? at : null
                ),
            Eventually.WithProcesses
        );

    private static async Task<T> UseAsync<T>(RunningServer server, Func<HeadraceClient, CancellationToken, Task<T>> use)
    {
        var stop = TestContext.Current.CancellationToken;
        var key = await File.ReadAllTextAsync(Path.Combine(server.Home, "data", "admin.key"), stop);
        using var client = new HeadraceClient(server.Url, key.Trim());
        return await use(client, stop);
    }

    /// <summary>
    /// Returns the unfinished jobs and the ended jobs of a stopped server, and the number of changes that the sweep
    /// counted.
    /// </summary>
    private static (long Unfinished, long Ended, long Changed) Stored(RunningServer server, SweepReply sweep)
    {
        Assert.Equal(0, Query(server, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"));
        return (
            Query(server, "SELECT count(*) FROM job"),
            Query(server, "SELECT count(*) FROM completed_job"),
            Query(server, $"SELECT changed FROM sweep WHERE id = {sweep.Id}")
        );
    }

    private static long Query(RunningServer server, string sql)
    {
        using var database = Database.Open(
            Path.Combine(server.Home, "data", "headrace.db"),
            writable: true,
            TimeSpan.FromSeconds(5)
        );
        return database.QueryLong(sql);
    }
}
