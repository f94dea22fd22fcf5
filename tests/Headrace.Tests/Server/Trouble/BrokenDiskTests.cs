using System.Net;
using Xunit;

namespace Headrace.Tests.Server.Trouble;

/// <summary>Tests real server processes on a disk on which system calls fail.</summary>
[Trait("Needs", "Servers")]
public sealed class BrokenDiskTests : IDisposable
{
    private readonly ThrowAwayFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData("sync", "headrace.db-wal", 1)] // the sync of a commit
    [InlineData("sync", "headrace.db", 24)] // the sync of the checkpoint after 16 MB of log
    [InlineData("write", "headrace.db-wal", 1)]
    public async Task A_failed_disk_call_ends_the_server_without_retry_or_loss_and_the_next_start_checks_the_file_R5(
        string call,
        string file,
        int megabytes
    )
    {
        using var disk = await FailingDisk.MakeAsync(call, file, FailingDisk.IoError);
        var acknowledged = new List<string>();
        await using (var server = await ServerUnderTrouble.StartAsync(_data.Path, disk.Environment))
        {
            var worker = server.Worker();
            await worker.SendAsync(worker.Next());
            acknowledged.AddRange(await server.AcknowledgedAsync(5));
            disk.Break();
            // Jobs are acknowledged before the log is checkpointed, so some may still be acknowledged while the disk is
            // broken.
            for (var i = 0; i < megabytes && await TryAsync(server) is { } id; i++)
                acknowledged.Add(id);
            var code = await server.EndAsync();

            Assert.Equal(1, code);
            var last = server.Errors.TrimEnd().Split('\n')[^1];
            Assert.Contains(_data["headrace.db"], last, StringComparison.Ordinal);
            Assert.Contains("disk I/O error", last, StringComparison.Ordinal);
            Assert.Equal(1, disk.Failures);
            Assert.True(
                File.Exists(_data["headrace.db-wal"]),
                "The write-ahead log, which contains the rows, was deleted."
            );
        }
        disk.Mend();

        await using var next = await ServerUnderTrouble.StartAsync(_data.Path);

        await next.SaysAsync($"Checking '{_data["headrace.db"]}'");
        await next.SaysAsync("passed the check");
        foreach (var job in acknowledged)
            Assert.Equal("ready", await next.StateAsync(job));
        Assert.NotEmpty(await next.AcknowledgedAsync(1));
        Assert.Equal(0, await next.StopAsync());
        Assert.False(File.Exists(_data["unclean"]));
    }

    [Fact]
    public async Task While_the_disk_rejects_writes_jobs_are_rejected_as_storage_full_and_later_accepted_again_R25()
    {
        using var disk = await FailingDisk.MakeAsync("write", "headrace.db-wal", FailingDisk.NoSpace);
        await using var server = await ServerUnderTrouble.StartAsync(
            _data.Path,
            [.. disk.Environment, ("HEADRACE_STORAGE__RESERVE", "4194304")]
        );
        var worker = server.Worker();
        await worker.SendAsync(worker.Next());
        var acknowledged = new List<string>(await server.AcknowledgedAsync(5));
        await Eventually.HoldsAsync("the ballast file to exist", () => File.Exists(_data["ballast"]));

        disk.Break();
        var inFlight = server.SubmitAsync();
        await Eventually.HoldsAsync("a commit to fail", () => disk.Failures > 0);
        var refused = await Eventually.SeesAsync(
            "a rejection",
            async () => await server.SubmitAsync() is { NoRoom: true } full ? full : null
        );
        var readyz = await server.ReadyzAsync();
        Assert.False(inFlight.IsCompleted);
        Assert.False(File.Exists(_data["ballast"]));
        disk.Mend();
        var first = await inFlight;
        var again = await Eventually.SeesAsync(
            "jobs to be accepted again",
            async () => (await server.SubmitAsync()).Id
        );

        Assert.NotNull(refused.RetryAfter);
        Assert.Contains(_data.Path, refused.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, readyz.Status);
        Assert.Equal(HttpStatusCode.Accepted, first.Status);
        await Eventually.SeesAsync(
            "readiness",
            async () => (await server.ReadyzAsync()).Status == HttpStatusCode.OK ? "ready" : null
        );
        Assert.True(File.Exists(_data["ballast"]));
        await server.KillAsync();
        await using var next = await ServerUnderTrouble.StartAsync(_data.Path);
        foreach (var job in (string[])[.. acknowledged, first.Id!, again])
            Assert.Equal("ready", await next.StateAsync(job));
        Assert.DoesNotContain("Checking", next.Errors, StringComparison.Ordinal);
    }

    /// <summary>Submits a job of one megabyte and returns its id if it was acknowledged.</summary>
    private static async Task<string?> TryAsync(ServerUnderTrouble server)
    {
        try
        {
            return (await server.SubmitAsync(1 << 20)).Id;
        }
        catch (HttpRequestException)
        {
            return null; // The server has ended.
        }
    }
}
