using Headrace.Protocol.Local;
using Headrace.Server.Pools;
using Xunit;

namespace Headrace.Tests.Server.Pools.Local;

/// <summary>Tests a pool of real processes that grows and shrinks on request, including starts that fail.</summary>
public sealed class GrowingPoolTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pool_starts_empty_and_ready_grows_by_one_and_replaces_a_killed_worker()
    {
        await using var scene = await PoolAsync("/bin/sleep", "600");
        Assert.True(scene.Server.Ready.PoolJoined.IsCompleted);
        Assert.Empty(scene.Server.Pool.List());

        await scene.Server.Pool.StartAsync(Stop);
        var first = await ProcessAsync(scene);
        OsProcess.Kill(first);
        var second = await Eventually.SeesAsync(
            "another process",
            () => scene.Server.Pool.List() is [{ ProcessId: { } id }] && id != first ? $"{id}" : null
        );

        Assert.Matches("-grows-1$", scene.Server.Pool.List()[0].Self!.Value.Worker.Text);
        Assert.True(OsProcess.Runs(int.Parse(second, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_worker_that_has_not_joined_holds_no_jobs_and_is_ended_when_it_is_stopped()
    {
        await using var scene = await PoolAsync("/bin/sleep", "600");
        await scene.Server.Pool.StartAsync(Stop);
        var process = await ProcessAsync(scene);

        await scene.Server.Pool.StopAsync(scene.Server.Pool.List()[0], Stop);

        await Eventually.HoldsAsync("the process to end", () => !OsProcess.Runs(process));
        await Eventually.HoldsAsync("the slot to be removed", () => scene.Server.Pool.List().Count == 0);
    }

    [Fact]
    public async Task A_worker_that_may_have_joined_unnoticed_is_stopped_gracefully()
    {
        using var folder = new ThrowAwayFolder();
        await using var scene = await PoolAsync(
            "/bin/sh",
            "-c",
            $"trap 'kill $!; : > {folder["finished"]}; exit 0' TERM; sleep 600 & : > {folder["listens"]}; wait"
        );
        await scene.Server.Pool.StartAsync(Stop);
        await ProcessAsync(scene);
        await Eventually.HoldsAsync("the process to set its trap", () => File.Exists(folder["listens"]));

        await scene.Server.Pool.StopAsync(scene.Server.Pool.List()[0], Stop);
        await Eventually.HoldsAsync("the slot to be removed", () => scene.Server.Pool.List().Count == 0);

        Assert.True(File.Exists(folder["finished"]));
    }

    [Fact]
    public async Task A_worker_that_neither_joins_nor_stops_is_killed_one_lease_after_the_request()
    {
        await using var scene = await ServerScene.StartAsync(options =>
            options with
            {
                Pools = [new PoolOptions { Name = "grows" }],
                WorkerCommand = ["/bin/sh", "-c", "trap '' TERM; sleep 600 & wait"],
                Lease = TimeSpan.FromSeconds(3),
            }
        );
        await scene.Server.Pool.StartAsync(Stop);
        var process = await ProcessAsync(scene);
        await Eventually.HoldsAsync("the process to set its trap", () => OsProcess.Children(process).Count == 1);

        await scene.Server.Pool.StopAsync(scene.Server.Pool.List()[0], Stop);

        await Eventually.HoldsAsync("the process to end", () => !OsProcess.Runs(process));
        await Eventually.HoldsAsync("the slot to be removed", () => scene.Server.Pool.List().Count == 0);
    }

    [Fact]
    public async Task A_joined_worker_may_finish_and_its_slot_is_removed_when_it_exits()
    {
        await using var scene = await PoolAsync("/bin/sleep", "600");
        await scene.Server.Pool.StartAsync(Stop);
        var process = await ProcessAsync(scene);
        var worker = scene.Worker(OsProcess.Environment(process, WorkerProcess.Name)!, OsProcess.Incarnation(process));
        worker.Pool = "grows";
        await worker.SendAsync(worker.Next());
        await Eventually.HoldsAsync("the pool to show the worker", () => scene.Server.Pool.Status.Joined == 1);

        await scene.Server.Pool.StopAsync(scene.Server.Pool.List()[0], Stop);
        var leaving = Assert.Single(scene.Server.Pool.List());
        Assert.True(OsProcess.Runs(process));
        OsProcess.Kill(process);
        await Eventually.HoldsAsync("the slot to be removed", () => scene.Server.Pool.List().Count == 0);

        Assert.Equal(Headrace.Server.Pools.ProvidedState.Leaving, leaving.State);
    }

    [Fact]
    public async Task A_failed_start_keeps_its_slot_and_reports_the_reason()
    {
        await using var scene = await PoolAsync("/nowhere/headrace");
        await scene.Server.Pool.StartAsync(Stop);

        var failing = await Eventually.SeesAsync(
            "a failed start",
            () =>
                scene.Server.Pool.List() is [{ State: Headrace.Server.Pools.ProvidedState.Failing } worker]
                    ? worker
                    : null
        );

        Assert.Contains("/nowhere/headrace does not exist", failing.Message, StringComparison.Ordinal);
        await scene.Server.Pool.StopAsync(failing, Stop);
        Assert.Empty(scene.Server.Pool.List());
    }

    [Fact]
    public async Task A_foreign_worker_with_the_name_of_the_pool_neither_adds_nor_occupies_a_slot()
    {
        await using var scene = await PoolAsync("/bin/sleep", "600");
        var stranger = scene.Worker("gpu-box-1", incarnation: 77);
        stranger.Pool = "grows";
        await stranger.SendAsync(stranger.Next());
        await Eventually.HoldsAsync("the pool to show the worker", () => scene.Server.Pool.Status.Joined == 1);

        await scene.Server.Pool.StartAsync(Stop);

        Assert.Single(scene.Server.Pool.List());
        await ProcessAsync(scene);
    }

    [Fact]
    public async Task A_stop_of_the_previous_process_does_not_affect_its_successor()
    {
        await using var scene = await PoolAsync("/bin/sleep", "600");
        await scene.Server.Pool.StartAsync(Stop);
        var first = await ProcessAsync(scene);
        var meant = scene.Server.Pool.List()[0];
        OsProcess.Kill(first);
        await Eventually.HoldsAsync(
            "another process",
            () => scene.Server.Pool.List() is [{ ProcessId: { } id }] && id != first
        );
        var process = await ProcessAsync(scene);
        var worker = scene.Worker(OsProcess.Environment(process, WorkerProcess.Name)!, OsProcess.Incarnation(process));
        worker.Pool = "grows";
        await worker.SendAsync(worker.Next());
        await Eventually.HoldsAsync("the pool to show the worker", () => scene.Server.Pool.Status.Joined == 1);

        await scene.Server.Pool.StopAsync(meant, Stop);

        Assert.Equal(Headrace.Server.Pools.ProvidedState.Started, Assert.Single(scene.Server.Pool.List()).State);
    }

    private static Task<ServerScene> PoolAsync(params string[] command) =>
        ServerScene.StartAsync(options =>
            options with
            {
                Pools = [new PoolOptions { Name = "grows" }],
                WorkerCommand = command,
            }
        );

    private static async Task<int> ProcessAsync(ServerScene scene)
    {
        var worker = await Eventually.SeesAsync(
            "a process",
            () => scene.Server.Pool.List() is [{ ProcessId: not null } running] ? running : null
        );
        await Eventually.HoldsAsync(
            "the program to run",
            () =>
                OsProcess.Environment(worker.ProcessId!.Value, WorkerProcess.Incarnation) is not null
                && OsProcess.Session(worker.ProcessId.Value) == worker.ProcessId
        );
        return worker.ProcessId!.Value;
    }
}
