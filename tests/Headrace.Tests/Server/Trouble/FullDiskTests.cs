using System.Net;
using Headrace.Protocol.Wire;
using Xunit;

namespace Headrace.Tests.Server.Trouble;

/// <summary>Tests real server processes on a small disk that is completely full.</summary>
[Trait("Needs", "Servers")]
public sealed class FullDiskTests : IDisposable
{
    private const long Reserve = 4 << 20;
    private static readonly (string, string) Setting = ("HEADRACE_STORAGE__RESERVE", "4194304");

    private readonly SmallDisk _disk = new(megabytes: 24);

    private string Ballast => Path.Combine(_disk.Data, "ballast");

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task Below_the_low_mark_jobs_are_rejected_and_not_started_and_above_the_high_mark_accepted_again_R25()
    {
        await using var server = await ServerUnderTrouble.StartAsync(_disk.Data, Setting);
        var worker = server.Worker();
        await worker.SendAsync(worker.Next());
        await server.AcknowledgedAsync(1);

        _disk.FillTo(Reserve / 2);
        var refused = await RefusedAsync(server);
        var started = await worker.SendAsync(worker.Next());
        var readyz = await server.ReadyzAsync();

        Assert.NotNull(refused.RetryAfter);
        Assert.Contains($"The disk that contains '{_disk.Data}' has only ", refused.Text, StringComparison.Ordinal);
        Assert.Contains(
            "MB free. The server accepts and starts jobs again when ",
            refused.Text,
            StringComparison.Ordinal
        );
        Assert.Empty(started.Leases);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, readyz.Status);
        Assert.Contains("MB free", readyz.Text, StringComparison.Ordinal);
        await server.SaysAsync("Not accepting new jobs because disk space is low");

        _disk.Clear();
        await TakenAgainAsync(server);
        Assert.Single((await worker.SendAsync(worker.Next())).Leases);
        await server.SaysAsync("Disk space is sufficient again");
    }

    [Fact]
    public async Task On_a_full_disk_the_released_ballast_makes_room_for_the_outcomes_of_running_jobs_R25()
    {
        await using var server = await ServerUnderTrouble.StartAsync(_disk.Data, Setting);
        var worker = server.Worker();
        await worker.SendAsync(worker.Next());
        var job = (await server.AcknowledgedAsync(1))[0];
        var lease = (await worker.SendAsync(worker.Next())).Leases.Single().Lease;
        await Eventually.HoldsAsync("the ballast file to exist", () => File.Exists(Ballast));

        _disk.FillTo(0);
        await RefusedAsync(server);
        var result = new string('r', 1 << 20); // one megabyte: more than the free space in the log
        var reply = await worker.SendAsync(worker.Report(WireWorker.Succeeded(lease, result)));

        Assert.Equal(Ack.Types.Status.Recorded, Assert.Single(reply.Acks).Status);
        Assert.False(File.Exists(Ballast), "The ballast still exists, so the disk was not full enough for this test.");
        Assert.Equal(result, await server.ResultAsync(job));

        _disk.Clear();
        await TakenAgainAsync(server);
        Assert.True(File.Exists(Ballast));
    }

    [Fact]
    public async Task A_start_on_a_full_disk_releases_the_ballast_and_jobs_are_accepted_once_space_is_free_R25()
    {
        string job;
        await using (var first = await ServerUnderTrouble.StartAsync(_disk.Data, Setting))
        {
            var worker = first.Worker();
            await worker.SendAsync(worker.Next());
            job = (await first.AcknowledgedAsync(1))[0];
            await Eventually.HoldsAsync("the ballast file to exist", () => File.Exists(Ballast));
            Assert.Equal(0, await first.StopAsync());
        }
        _disk.FillTo(0);

        await using var second = await ServerUnderTrouble.StartAsync(_disk.Data, Setting);
        await RefusedAsync(second);

        Assert.Equal("ready", await second.StateAsync(job));
        Assert.False(File.Exists(Ballast));
        _disk.Clear();
        await TakenAgainAsync(second);
    }

    private static Task<ServerUnderTrouble.Submitted> RefusedAsync(ServerUnderTrouble server) =>
        Eventually.SeesAsync(
            "a rejection for lack of disk space",
            async () => await server.SubmitAsync() is { NoRoom: true } refused ? refused : null
        );

    private static async Task TakenAgainAsync(ServerUnderTrouble server) =>
        await Eventually.SeesAsync("jobs to be accepted again", async () => (await server.SubmitAsync()).Id);
}
