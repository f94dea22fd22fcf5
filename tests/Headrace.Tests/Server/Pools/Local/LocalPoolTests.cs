using System.Net;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Server.Hosting;
using Headrace.Server.Pools.Local;
using Headrace.Tests.Server.Events;
using Xunit;

namespace Headrace.Tests.Server.Pools.Local;

/// <summary>
/// Tests the supervisor with real processes. Some of them only sleep, so that the test can send messages on their
/// behalf; others fail.
/// </summary>
public sealed class LocalPoolTests
{
    internal static readonly string[] Sleeper = ["/bin/sleep", "600"];

    [Fact]
    public async Task Processes_run_in_their_own_session_with_the_variables_needed_to_find_the_server()
    {
        await using var scene = await PoolAsync(1, Sleeper);
        var (slot, process) = await RunningAsync(scene);

        string? Variable(string name) => OsProcess.Environment(process, name);

        Assert.Equal($"unix:{scene.Server.Ready.Socket}", Variable(WorkerProcess.Server));
        Assert.Equal(
            (null, "0", slot.Worker, "local", "5s"),
            (
                Variable(WorkerProcess.Key),
                Variable(WorkerProcess.KeyDescriptor),
                Variable(WorkerProcess.Name),
                Variable(WorkerProcess.Pool),
                Variable(WorkerProcess.OrphanGrace)
            )
        );
        Assert.Matches("^[a-z0-9].*-local-1$", slot.Worker);
        Assert.Equal(process, OsProcess.Session(process));
    }

    [Fact]
    public async Task The_server_is_ready_when_every_local_worker_has_joined_with_its_methods()
    {
        await using var scene = await PoolAsync(2, Sleeper);
        var processes = await Eventually.SeesAsync(
            "two processes",
            () => scene.Server.Pool.Status.Slots is [{ ProcessId: { } a }, { ProcessId: { } b }] ? new[] { a, b } : null
        );

        await JoinAsync(scene, processes[0]);
        var (half, words) = await ReadyzAsync(scene);
        await JoinAsync(scene, processes[1]);
        await Eventually.EndsAsync("the pool to be complete", scene.Server.Ready.PoolJoined);
        var (whole, _) = await ReadyzAsync(scene);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, half);
        Assert.Contains("of 2 local workers have joined", words);
        Assert.Equal(HttpStatusCode.OK, whole);
    }

    [Fact]
    public async Task The_jobs_of_a_killed_worker_are_requeued_immediately_and_the_worker_is_replaced()
    {
        await using var scene = await PoolAsync(1, Sleeper);
        var (slot, process) = await RunningAsync(scene);
        var dying = await JoinAsync(scene, process);
        var job = await scene.SubmitAsync();
        var held = Assert.Single((await dying.SendAsync(dying.Next(waitSeconds: 5))).Leases);
        var other = scene.Worker("other");
        await other.SendAsync(other.Next());
        var parked = other.SendAsync(other.Next(waitSeconds: 10));

        OsProcess.Kill(process);
        // The lease lasts 30 s, so a job that arrives within the deadline did not wait for the lease to expire.
        var granted = Assert.Single((await Eventually.EndsAsync("the job to be granted again", parked)).Leases);
        var next = await Eventually.SeesAsync(
            "another process",
            () => scene.Server.Pool.Status.Slots[0] is { ProcessId: { } id } s && id != process ? s : null
        );

        Assert.Equal((ulong)job.Value, granted.Lease.Job);
        Assert.Equal(held.Lease.Attempt + 1, granted.Lease.Attempt);
        Assert.Contains("signal 9", next.LastEnd);
        Assert.Equal(slot.Worker, next.Worker);
    }

    [Fact]
    public async Task The_end_of_a_worker_and_the_start_of_its_successor_are_published()
    {
        await using var scene = await PoolAsync(1, Sleeper);
        var (slot, process) = await RunningAsync(scene);
        using var client = scene.Client();
        await using var events = await EventListener.OpenAsync(client);

        OsProcess.Kill(process);

        var exited = await events.ReadNamedAsync("pool", "local");
        Assert.Equal(
            ("exited", slot.Worker),
            (exited.GetProperty("change").GetString(), exited.GetProperty("worker").GetString())
        );
        Assert.Contains("signal 9", exited.GetProperty("reason").GetString(), StringComparison.Ordinal);
        var started = await events.ReadNamedAsync("pool", "local");
        Assert.Equal("started", started.GetProperty("change").GetString());
    }

    [Fact]
    public async Task A_ready_server_stays_ready_when_a_worker_exits()
    {
        await using var scene = await PoolAsync(1, Sleeper);
        var (_, process) = await RunningAsync(scene);
        await JoinAsync(scene, process);
        await Eventually.EndsAsync("the pool to be complete", scene.Server.Ready.PoolJoined);

        OsProcess.Kill(process);
        await Eventually.HoldsAsync(
            "the end of the process to be recorded",
            () => scene.Server.Pool.Status.Joined == 0
        );
        var (status, _) = await ReadyzAsync(scene);

        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task A_missing_program_is_reported_in_the_log_and_in_readyz_and_retried_with_backoff()
    {
        var log = new LinesOfLog();
        await using var scene = await PoolAsync(1, ["/nowhere/headrace", "worker", "start"], log);

        await Eventually.HoldsAsync("three crashes", () => scene.Server.Pool.Status.Slots is [{ Crashes: >= 3 }]);
        var (status, words) = await ReadyzAsync(scene);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("The worker program /nowhere/headrace does not exist", words);
        Assert.Contains("resting", words);
        Assert.Contains(
            log.Lines,
            line =>
                line.StartsWith("Error", StringComparison.Ordinal)
                && line.Contains("/nowhere/headrace", StringComparison.Ordinal)
                && line.Contains("0.4 s", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_worker_that_crashes_at_start_is_reported_with_its_exit_code_and_its_last_output()
    {
        var log = new LinesOfLog();
        await using var scene = await PoolAsync(1, ["/bin/sh", "-c", "echo no such method >&2; exit 3"], log);

        await Eventually.HoldsAsync("three crashes", () => scene.Server.Pool.Status.Slots is [{ Crashes: >= 3 }]);
        var (status, words) = await ReadyzAsync(scene);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("exited with code 3", words);
        Assert.Contains("no such method", words);
        Assert.Contains(
            log.Lines,
            line =>
                line.StartsWith("Warning", StringComparison.Ordinal)
                && line.Contains("exited with code 3", StringComparison.Ordinal)
        );
        Assert.Contains(log.Lines, line => line.Contains("] no such method", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_with_invalid_settings_is_not_restarted()
    {
        await using var scene = await PoolAsync(1, ["/bin/sh", "-c", $"exit {WorkerProcess.Unusable}"]);

        var slot = await Eventually.SeesAsync(
            "the slot to be abandoned",
            () => scene.Server.Pool.Status.Slots is [{ State: "given-up" } given] ? given : null
        );

        Assert.Null(slot.BackoffSeconds);
        Assert.Contains("settings", slot.LastEnd);
    }

    [Fact]
    public async Task A_graceful_stop_signals_every_process_and_waits_until_it_has_exited()
    {
        using var folder = new ThrowAwayFolder();
        await using var scene = await PoolAsync(
            2,
            [
                "/bin/sh",
                "-c",
                $"trap 'kill $!; echo -n 0 > {folder.Path}/$$; exit 0' TERM; sleep 600 & : > "
                    + $"{folder.Path}/started-$$; wait",
            ]
        );
        var processes = await Eventually.SeesAsync(
            "two processes that have started child processes",
            () =>
                Directory.GetFiles(folder.Path, "started-*").Length == 2
                && scene.Server.Pool.Status.Slots is [{ ProcessId: { } a }, { ProcessId: { } b }]
                && OsProcess.SleepingChild(a) is { } c
                && OsProcess.SleepingChild(b) is { } d
                    ? new[] { a, b, c, d }
                    : null
        );
        Assert.All(processes, process => Assert.True(OsProcess.Runs(process)));
        foreach (var process in processes[..2])
            await JoinAsync(scene, process);
        await Eventually.EndsAsync("the pool to show both workers", scene.Server.Ready.PoolJoined);

        await scene.Server.StopAsync(CancellationToken.None);

        await Eventually.HoldsAsync("every process to end", () => !processes.Any(OsProcess.Runs));
        Assert.Equal(
            ["0", "0"],
            await Task.WhenAll(
                processes[..2]
                    .Select(process =>
                        File.ReadAllTextAsync(folder[$"{process}"], TestContext.Current.CancellationToken)
                    )
            )
        );
        Assert.False(File.Exists(scene.Server.Ready.Socket));
    }

    [Fact]
    public async Task A_process_that_has_not_joined_is_stopped_gracefully_as_well()
    {
        using var folder = new ThrowAwayFolder();
        await using var scene = await PoolAsync(
            1,
            [
                "/bin/sh",
                "-c",
                $"trap 'kill $!; : > {folder["finished"]}; exit 0' TERM; sleep 600 & : > {folder["started"]}; wait",
            ]
        );
        // Once the file exists, the shell has stored the process id of its child. Before that, its trap would not end
        // the child.
        var processes = await Eventually.SeesAsync(
            "a process that has started a child process",
            () =>
                File.Exists(folder["started"])
                && scene.Server.Pool.Status.Slots is [{ ProcessId: { } a }]
                && OsProcess.SleepingChild(a) is { } child
                    ? new[] { a, child }
                    : null
        );

        await Eventually.EndsAsync("the stop", scene.Server.StopAsync(CancellationToken.None));

        await Eventually.HoldsAsync("both processes to end", () => !processes.Any(OsProcess.Runs));
        Assert.True(File.Exists(folder["finished"]));
    }

    [Fact]
    public async Task Processes_that_do_not_exit_within_the_grace_period_are_killed_with_their_children()
    {
        var log = new LinesOfLog();
        await using var scene = await PoolAsync(
            1,
            ["/bin/sh", "-c", "trap '' TERM; sleep 600 & wait"],
            log,
            TimeSpan.FromMilliseconds(50)
        );
        var processes = await Eventually.SeesAsync(
            "a process that has started a child process",
            () =>
                scene.Server.Pool.Status.Slots is [{ ProcessId: { } a }] && OsProcess.Children(a) is [var child]
                    ? new[] { a, child }
                    : null
        );
        await JoinAsync(scene, processes[0]);
        await Eventually.EndsAsync("the pool to show the worker", scene.Server.Ready.PoolJoined);

        await scene.Server.StopAsync(CancellationToken.None);

        await Eventually.HoldsAsync("both processes to end", () => !processes.Any(OsProcess.Runs));
        Assert.Contains(
            log.Lines,
            line =>
                line.Contains("Killing", StringComparison.Ordinal)
                && line.Contains($"process {processes[0]}", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Jobs_released_by_a_drained_worker_are_ready_after_a_restart_with_only_an_attempt_counted() // R10
    {
        using var folder = new ThrowAwayFolder();
        JobId job;
        await using (var first = await SqliteAsync(folder, Sleeper))
        {
            var (_, process) = await RunningAsync(first);
            var worker = await JoinAsync(first, process);
            job = await first.SubmitAsync();
            Assert.Single((await worker.SendAsync(worker.Next(waitSeconds: 5))).Leases);
            await first.Server.StopAsync(CancellationToken.None);
        }

        await using var second = await SqliteAsync(folder, Sleeper);
        var now = (await second.LiveAsync(job)).Status;

        Assert.Equal((JobState.Ready, 1, 0, 0), (now.State, now.Attempt, now.WorkerCrashes, now.LostLeases));
    }

    [Fact]
    public async Task Workers_of_a_killed_server_count_keep_their_names_and_stop_with_the_next_server() // R9
    {
        using var folder = new ThrowAwayFolder();
        var (name, old) = await LeaveBehindAsync(folder);
        Assert.True(OsProcess.Runs(old));
        await using var second = await SqliteAsync(folder, Sleeper, workers: 2);
        var fresh = await Eventually.SeesAsync(
            "one new process next to the old one",
            () => second.Server.Pool.Status.Slots is [{ Worker: { } worker }, { Worker: null }] ? worker : null
        );
        var worker = new WireWorker(second.SocketClient(), name, OsProcess.Incarnation(old), after: 1)
        {
            Pool = "local",
        };

        var reply = await worker.SendAsync(worker.Next());
        await Eventually.HoldsAsync("the old worker to be included", () => second.Server.Pool.Status.Joined == 1);
        Assert.Equal([new AdoptedStatus(name, old)], second.Server.Pool.Status.Adopted);
        await second.Server.StopAsync(CancellationToken.None);

        Assert.NotEqual(name, fresh);
        Assert.Equal("", reply.Terminate);
        Assert.False(OsProcess.Runs(old));
    }

    [Fact]
    public async Task Jobs_of_a_worker_that_exited_while_no_server_ran_do_not_wait_for_its_lease_to_expire()
    {
        using var folder = new ThrowAwayFolder();
        JobId job = default;
        var (name, old) = await LeaveBehindAsync(
            folder,
            async (scene, worker) =>
            {
                job = await scene.SubmitAsync();
                Assert.Single((await worker.SendAsync(worker.Next(waitSeconds: 5))).Leases);
            }
        );
        OsProcess.Kill(old);
        await Eventually.HoldsAsync("the old worker to be removed", () => !OsProcess.Runs(old));

        await using var second = await SqliteAsync(folder, Sleeper);
        var ready = await Eventually.SeesAsync(
            "the job to be ready",
            async () => await second.LiveAsync(job) is { Status.State: JobState.Ready } row ? row : null
        );
        var fresh = await Eventually.SeesAsync("a new process", () => second.Server.Pool.Status.Slots[0].Worker);

        Assert.Equal((1, 0, 0), (ready.Status.Attempt, ready.Status.WorkerCrashes, ready.Status.LostLeases));
        Assert.Equal(name, fresh);
    }

    [Fact]
    public async Task A_killed_worker_of_an_earlier_server_is_replaced_and_its_jobs_are_requeued()
    {
        using var folder = new ThrowAwayFolder();
        var (name, old) = await LeaveBehindAsync(folder);
        await using var second = await SqliteAsync(folder, Sleeper);
        var worker = new WireWorker(second.SocketClient(), name, OsProcess.Incarnation(old), after: 1)
        {
            Pool = "local",
        };
        await worker.SendAsync(worker.Next());
        await Eventually.EndsAsync("the pool to be complete", second.Server.Ready.PoolJoined);
        var job = await second.SubmitAsync();
        Assert.Single((await worker.SendAsync(worker.Next(waitSeconds: 5))).Leases);

        OsProcess.Kill(old);

        await Eventually.SeesAsync(
            "the job to be ready",
            async () => await second.LiveAsync(job) is { Status.State: JobState.Ready } row ? row : null
        );
        await Eventually.HoldsAsync("a new process", () => second.Server.Pool.Status.Slots[0].ProcessId is not null);
    }

    /// <summary>
    /// Starts a server with one worker, lets the worker join, and ends the server without notifying the worker, as
    /// SIGKILL would.
    /// </summary>
    private static async Task<(string Name, int Process)> LeaveBehindAsync(
        ThrowAwayFolder folder,
        Func<ServerScene, WireWorker, Task>? act = null
    )
    {
        await using var first = await SqliteAsync(folder, Sleeper);
        var (slot, process) = await RunningAsync(first);
        var worker = await JoinAsync(first, process);
        if (act is not null)
            await act(first, worker);
        await first.Server.DetachAsync();
        return (slot.Worker!, process);
    }

    internal static Task<ServerScene> PoolAsync(
        int size,
        string[] command,
        LinesOfLog? log = null,
        TimeSpan? grace = null
    ) =>
        ServerScene.StartAsync(
            options =>
                options with
                {
                    Workers = size,
                    WorkerCommand = command,
                    DrainGrace = grace ?? TimeSpan.FromSeconds(30),
                },
            parts => log is null ? parts : parts with { Logging = log.To }
        );

    private static async Task<ServerScene> SqliteAsync(ThrowAwayFolder folder, string[] command, int workers = 1) =>
        new(
            await HeadraceServer.StartAsync(
                new ServerOptions
                {
                    Data = folder.Path,
                    Port = 0,
                    Workers = workers,
                    WorkerCommand = command,
                },
                new ServerDependencies { WritesRunningServer = false },
                TestContext.Current.CancellationToken
            )
        );

    private static async Task<(SlotStatus Slot, int Process)> RunningAsync(ServerScene scene)
    {
        var slot = await Eventually.SeesAsync(
            "a process",
            () => scene.Server.Pool.Status.Slots is [{ ProcessId: not null } running] ? running : null
        );
        // The process has its own environment once it has called exec.
        await Eventually.HoldsAsync(
            "the program to run",
            () =>
                OsProcess.Environment(slot.ProcessId!.Value, WorkerProcess.Incarnation) is not null
                && OsProcess.Session(slot.ProcessId.Value) == slot.ProcessId
        );
        return (slot, slot.ProcessId!.Value);
    }

    /// <summary>
    /// Joins on behalf of a process that only sleeps. The returned worker can send further messages on its behalf.
    /// </summary>
    internal static async Task<WireWorker> JoinAsync(ServerScene scene, int process)
    {
        await Eventually.HoldsAsync(
            "the program to run",
            () => OsProcess.Environment(process, WorkerProcess.Incarnation) is not null
        );
        var worker = scene.Worker(OsProcess.Environment(process, WorkerProcess.Name)!, OsProcess.Incarnation(process));
        worker.Pool = "local";
        await worker.SendAsync(worker.Next());
        return worker;
    }

    internal static async Task<(HttpStatusCode Status, string Words)> ReadyzAsync(ServerScene scene)
    {
        using var response = await scene.Client().GetAsync("/readyz", TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
