using Headrace.Bench.Retention;
using Headrace.Client;
using Headrace.Storage.Sqlite;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Kills a server with SIGKILL while it deletes expired jobs.</summary>
[Trait("Needs", "Servers")]
public sealed class RetentionKillTests
{
    private const long Jobs = 20_000;

    [Fact]
    public async Task A_server_that_is_killed_during_a_deletion_has_deleted_whole_jobs_only_and_the_next_one_continues()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(0, await server.StopAsync());
        var data = Path.Combine(server.Home, "data");
        EndedJobs.Add(data, Jobs, TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(8));

        await server.StartAgainAsync("0");
        await Eventually.SeesAsync(
            "the first deletions",
            async () => await KeptAsync(server) is > 0 and < Jobs ? "some" : null,
            Eventually.WithProcesses
        );
        await server.KillAsync();

        using (var database = Database.Open(Path.Combine(data, "headrace.db"), writable: true, TimeSpan.FromSeconds(5)))
        {
            var kept = database.QueryLong("SELECT count(*) FROM completed_job");
            Assert.InRange(kept, 1, Jobs - 1);
            Assert.Equal(kept, database.QueryLong("SELECT sum(jobs) FROM counter WHERE state = 5"));
            Assert.Equal(kept, database.QueryLong("SELECT count(*) FROM idempotency_key"));
            Assert.Equal(
                0,
                database.QueryLong("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'")
            );
        }

        await server.StartAgainAsync("0");
        await Eventually.SeesAsync(
            "the deletion of the others",
            async () => await KeptAsync(server) == 0 ? "all" : null,
            Eventually.WithProcesses
        );
    }

    private static async Task<long> KeptAsync(RunningServer server)
    {
        var key = await File.ReadAllTextAsync(
            Path.Combine(server.Home, "data", "admin.key"),
            TestContext.Current.CancellationToken
        );
        using var client = new HeadraceClient(server.Url, key.Trim());
        var usage = await client.Queues.GetStoreUsageAsync(null, TestContext.Current.CancellationToken);
        return usage.Kept.Sum(kept => kept.Jobs);
    }
}
