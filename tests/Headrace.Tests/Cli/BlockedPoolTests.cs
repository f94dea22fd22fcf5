using System.Text.Json;
using Headrace.Commands;
using Headrace.Protocol.Local;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>
/// Tests that a method occupying every thread in the thread pool affects only its own job, because the worker's
/// loop and its connections do not use the pool.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class BlockedPoolTests
{
    [Fact]
    public async Task A_job_that_blocks_the_pool_for_longer_than_its_lease_runs_once_R8()
    {
        await using var pool = await BlockedPool.StartAsync();

        await pool.PassTwoLeasesAsync();
        var meanwhile = await pool.Server.CliAsync("jobs", "why", pool.Job);
        pool.Release();
        var ended = await pool.Server.CliAsync("wait", pool.Job);
        var result = await pool.Server.CliAsync("results", "get", pool.Job);

        Assert.Contains("attempt 1", meanwhile.Out, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Done, "1"), (ended.Code, result.Out.Trim()));
    }

    /// <summary>
    /// While the pool is blocked, the worker must open new connections: over the Unix socket, and over TCP to a host
    /// whose name must be resolved.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_worker_whose_pool_is_blocked_reconnects_to_a_restarted_server_R8(bool byName)
    {
        await using var pool = await BlockedPool.StartAsync(byName);

        await pool.Server.KillAsync();
        await pool.Server.StartAgainAsync();
        await pool.PassTwoLeasesAsync();
        var meanwhile = await pool.Server.CliAsync("jobs", "why", pool.Job);
        pool.Release();
        var ended = await pool.Server.CliAsync("wait", pool.Job);
        var result = await pool.Server.CliAsync("results", "get", pool.Job);

        Assert.Contains("attempt 1", meanwhile.Out, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Done, "1"), (ended.Code, result.Out.Trim()));
    }

    [Fact]
    public async Task A_cancel_reaches_a_job_that_blocks_the_pool_R12()
    {
        await using var pool = await BlockedPool.StartAsync();

        await pool.Server.CliAsync("jobs", "cancel", pool.Job);

        Assert.Equal("stop", await pool.NextLineAsync());
    }

    [Fact]
    public async Task A_time_limit_reaches_a_job_that_blocks_the_pool()
    {
        await using var pool = await BlockedPool.StartAsync("block-pool", "--time-limit", "1s");

        Assert.Equal("stop", await pool.NextLineAsync());
    }

    [Fact]
    public async Task A_stop_signal_drains_and_a_second_one_ends_a_worker_whose_pool_is_blocked()
    {
        await using var pool = await BlockedPool.StartAsync();

        Signals.Send("TERM", pool.Worker.Id);
        await pool.SeesAsync("Draining: SIGTERM");
        Signals.Send("TERM", pool.Worker.Id);
        await pool.Worker.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(WorkerProcess.StoppedOnRequest, pool.Worker.ExitCode);
    }

    /// <summary>
    /// The process must have ended before the server, which continues to count the lease, gives the job to another
    /// worker. That holds also if the method blocks the handlers that run at the exit of the process.
    /// </summary>
    [Theory]
    [InlineData("")]
    [InlineData("TEST_WORKER_BLOCKS_EXIT")]
    public async Task An_exclusive_job_that_blocks_the_pool_ends_with_its_process_before_its_lease_expires_R11(
        string variable
    )
    {
        await using var pool = await BlockedPool.StartAsync(
            false,
            variable.Length == 0 ? [] : [(variable, "1")],
            "block-pool-exclusive"
        );

        // The lease was renewed before the server was suspended, so it expires within one lease after that.
        pool.Server.Suspend();
        var suspended = TimeProvider.System.GetTimestamp();
        var stopped = await pool.NextLineAsync();
        await pool.Worker.WaitForExitAsync(TestContext.Current.CancellationToken);
        var elapsed = TimeProvider.System.GetElapsedTime(suspended);

        Assert.Equal("stop", stopped);
        Assert.InRange(elapsed, TimeSpan.Zero, BlockedPool.Lease);
        if (variable.Length == 0)
            Assert.Equal(WorkerProcess.Terminated, pool.Worker.ExitCode);
    }

    [Fact]
    public async Task A_worker_whose_terminal_hangs_up_finishes_its_job()
    {
        await using var pool = await BlockedPool.StartAsync();

        Signals.Send("HUP", pool.Worker.Id);
        pool.Release();
        await pool.Worker.WaitForExitAsync(TestContext.Current.CancellationToken);
        var result = await pool.Server.CliAsync("results", "get", pool.Job);
        var attempts = await pool.Server.CliAsync("jobs", "show", pool.Job);

        Assert.Equal((WorkerProcess.StoppedOnRequest, "1"), (pool.Worker.ExitCode, result.Out.Trim()));
        Assert.Contains("attempt 1    succeeded", attempts.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hang_up_drains_a_worker()
    {
        await using var server = await RunningServer.StartAsync();
        using var worker = server.StartTestWorker();
        var joined = await worker.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);

        Signals.Send("HUP", worker.Id);
        var ended = await CliProcess.EndAsync(worker, "the worker");

        Assert.Contains("Joined", joined, StringComparison.Ordinal);
        Assert.Contains("Draining: SIGHUP", ended.Error, StringComparison.Ordinal);
        Assert.Equal(WorkerProcess.StoppedOnRequest, ended.Code);
    }

    [Fact]
    public async Task A_worker_program_prints_its_usage()
    {
        using var home = new TemporaryFolder();
        using var worker = CliProcess.StartTestWorker(home.Path, [], "--help");

        var usage = await CliProcess.EndAsync(worker, "--help");

        Assert.Equal((0, ""), (usage.Code, usage.Error));
        Assert.Contains(
            "offers these methods: block-pool@1, block-pool-exclusive@1.",
            usage.Out,
            StringComparison.Ordinal
        );
        Assert.Contains("Usage: Headrace.TestWorker [--slots N]", usage.Out, StringComparison.Ordinal);
        foreach (
            var variable in (string[])
                [
                    WorkerProcess.Server,
                    WorkerProcess.Key,
                    WorkerProcess.Name,
                    WorkerProcess.Pool,
                    WorkerProcess.OrphanGrace,
                ]
        )
            Assert.Contains(variable, usage.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_program_describes_its_methods_without_a_server()
    {
        using var home = new TemporaryFolder();
        using var worker = CliProcess.StartTestWorker(
            home.Path,
            [(WorkerProcess.Server, "http://127.0.0.1:9")],
            "--describe"
        );

        var described = await CliProcess.EndAsync(worker, "--describe");

        Assert.Equal((0, ""), (described.Code, described.Error));
        var methods = JsonElement.Parse(described.Out).GetProperty("methods").EnumerateArray().ToList();
        Assert.Equal(
            ["block-pool@1 1 retry False", "block-pool-exclusive@1 1 retry True"],
            methods.Select(method =>
                $"{method.GetProperty("name")}@{method.GetProperty("version")} {method.GetProperty("slots")} "
                + $"{method.GetProperty("onLost")} {method.GetProperty("exclusive")}"
            )
        );
        Assert.All(
            methods,
            method => Assert.Equal("object", method.GetProperty("schema").GetProperty("type").GetString())
        );
    }
}
