using System.Net;
using Xunit;

namespace Headrace.Tests.Server.Pools.Local;

/// <summary>
/// Tests that <c>/readyz</c> shows when local workers are missing. Each process only sleeps, so a replacement never
/// joins.
/// </summary>
public sealed class PoolReadinessTests
{
    [Fact]
    public async Task A_server_whose_only_worker_is_not_replaced_becomes_unready()
    {
        await using var scene = await LocalPoolTests.PoolAsync(1, LocalPoolTests.Sleeper);
        var process = Assert.Single(await ProcessesAsync(scene, 1));
        await LocalPoolTests.JoinAsync(scene, process);
        await Eventually.EndsAsync("the pool to be complete", scene.Server.Ready.PoolJoined);
        var before = await LocalPoolTests.ReadyzAsync(scene);

        OsProcess.Kill(process);

        var words = await ReplyAsync(scene, HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, before.Status);
        Assert.Contains("0 of 1 local workers have joined.", words, StringComparison.Ordinal);

        // The replacement joins after all.
        await LocalPoolTests.JoinAsync(scene, Assert.Single(await ProcessesAsync(scene, 1)));

        Assert.DoesNotContain("local workers have joined", await ReplyAsync(scene, HttpStatusCode.OK));
    }

    [Fact]
    public async Task A_server_with_one_worker_missing_stays_ready_with_a_warning()
    {
        await using var scene = await LocalPoolTests.PoolAsync(2, LocalPoolTests.Sleeper);
        var processes = await ProcessesAsync(scene, 2);
        foreach (var process in processes)
            await LocalPoolTests.JoinAsync(scene, process);
        await Eventually.EndsAsync("the pool to be complete", scene.Server.Ready.PoolJoined);

        OsProcess.Kill(processes[0]);

        var words = await Eventually.SeesAsync(
            "a warning",
            async () =>
                await LocalPoolTests.ReadyzAsync(scene) is var (status, text)
                && text.Contains("\"warning\":\"1 of 2 local workers have joined.", StringComparison.Ordinal)
                    ? $"{status} {text}"
                    : null
        );
        Assert.StartsWith("OK", words, StringComparison.Ordinal);
    }

    private static Task<int[]> ProcessesAsync(ServerScene scene, int count) =>
        Eventually.SeesAsync(
            "the processes",
            () =>
                scene.Server.Pool.Status.Slots.Select(slot => slot.ProcessId).OfType<int>().ToArray() is var running
                && running.Length == count
                && running.All(OsProcess.Runs)
                    ? running
                    : null
        );

    private static Task<string> ReplyAsync(ServerScene scene, HttpStatusCode status) =>
        Eventually.SeesAsync(
            $"the status {status}",
            async () => await LocalPoolTests.ReadyzAsync(scene) is var (seen, text) && seen == status ? text : null
        );
}
