using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Headrace.Bench.Retention;
using Xunit;

namespace Headrace.Tests.Server.Trouble;

/// <summary>Deletes and retries jobs on a real server whose small disk is full.</summary>
[Trait("Needs", "Servers")]
public sealed class FullDiskDeletionTests : IDisposable
{
    private const int Jobs = 5_000;
    private static readonly (string, string) Setting = ("HEADRACE_STORAGE__RESERVE", "4194304");

    private readonly SmallDisk _disk = new(megabytes: 48);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task Expired_jobs_are_deleted_on_a_full_disk_and_their_space_is_used_again_R25()
    {
        await PrepareAsync(TimeSpan.FromDays(8));
        _disk.FillTo(0);

        await using var server = await ServerUnderTrouble.StartAsync(_disk.Data, Setting);

        await DeletedAsync(server);
        _disk.Clear();
        await Eventually.SeesAsync("jobs to be accepted again", async () => (await server.SubmitAsync()).Id);
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task On_a_full_disk_a_sweep_deletes_jobs_and_a_sweep_that_retries_them_waits_for_space_R25()
    {
        await PrepareAsync(TimeSpan.FromDays(1));
        await using var server = await ServerUnderTrouble.StartAsync(_disk.Data, Setting);
        var worker = server.Worker();
        await worker.SendAsync(worker.Next());
        var cancelled = (await server.AcknowledgedAsync(1))[0];
        (await server.Client.DeleteAsync($"/v1/jobs/{cancelled}", Stop)).Dispose();
        _disk.FillTo(0);
        await Eventually.SeesAsync(
            "a rejection for lack of disk space",
            async () => await server.SubmitAsync() is { NoRoom: true } refused ? refused : null
        );

        var retry = await StartAsync(server, "retry", "state:cancelled");
        var waiting = await Eventually.SeesAsync(
            "the retry to wait",
            async () =>
                await SweepAsync(server, retry) is { } at && at.TryGetProperty("waiting", out var why)
                    ? why.GetString()
                    : null
        );
        Assert.Contains("MB free", waiting, StringComparison.Ordinal);
        await DoneAsync(server, await StartAsync(server, "delete", $"queue:{EndedJobs.Queue}"), Jobs);
        await DeletedAsync(server);

        _disk.Clear();
        await DoneAsync(server, retry, changed: 1);
        Assert.NotEqual("cancelled", await server.StateAsync(cancelled));
    }

    /// <summary>Creates a store with jobs that ended the given time ago.</summary>
    private async Task PrepareAsync(TimeSpan ago)
    {
        await using (var server = await ServerUnderTrouble.StartAsync(_disk.Data, Setting))
        {
            var worker = server.Worker();
            await worker.SendAsync(worker.Next());
            Assert.Equal(0, await server.StopAsync());
        }
        EndedJobs.Add(_disk.Data, Jobs, TimeProvider.System.GetUtcNow() - ago);
    }

    /// <summary>Waits until the store no longer keeps any of the ended jobs.</summary>
    private static Task<ServerUnderTrouble> DeletedAsync(ServerUnderTrouble server) =>
        Eventually.SeesAsync(
            "the deletion of the ended jobs",
            async () =>
                await GetAsync(server, "/v1/store") is { } usage
                && usage
                    .GetProperty("kept")
                    .EnumerateArray()
                    .Where(kept => kept.GetProperty("queue").GetString() == EndedJobs.Queue)
                    .All(kept => kept.GetProperty("jobs").GetInt64() == 0)
                    ? server
                    : null,
            Eventually.WithProcesses
        );

    private static Task<string> StartAsync(ServerUnderTrouble server, string action, string filter) =>
        Eventually.SeesAsync(
            $"the start of a sweep that will {action} jobs",
            async () =>
            {
                using var response = await server.Client.PostAsJsonAsync($"/v1/jobs:{action}", new { filter }, Stop);
                if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
                    return null;
                var text = await response.Content.ReadAsStringAsync(Stop);
                Assert.True(response.IsSuccessStatusCode, text);
                return JsonElement.Parse(text).GetProperty("id").GetString();
            }
        );

    private static Task<JsonElement?> SweepAsync(ServerUnderTrouble server, string sweep) =>
        GetAsync(server, $"/v1/sweeps/{sweep}");

    /// <summary>
    /// Returns the reply, or null while the server is still retrying a commit for which there was no space.
    /// </summary>
    private static async Task<JsonElement?> GetAsync(ServerUnderTrouble server, string path)
    {
        using var response = await server.Client.GetAsync(path, Stop);
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            return null;
        return await response.Content.ReadFromJsonAsync<JsonElement>(Stop);
    }

    private static async Task DoneAsync(ServerUnderTrouble server, string sweep, long changed)
    {
        var done = await Eventually.SeesAsync(
            $"the end of sweep {sweep}",
            async () =>
                await SweepAsync(server, sweep) is { } at && at.GetProperty("state").GetString() == "done"
                    ? at.ToString()
                    : null,
            Eventually.WithProcesses
        );
        Assert.Equal(changed, JsonElement.Parse(done).GetProperty("changed").GetInt64());
    }
}
