using Headrace.Protocol.Local;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class ServerProcessTests
{
    [Fact]
    public async Task A_drain_request_ends_the_server_and_its_processes_with_exit_code_0()
    {
        using var folder = new ThrowAwayFolder();
        using var drain = new CancellationTokenSource();
        var ready = new TaskCompletionSource<ServerReady>();

        var run = RunAsync(folder, ready, "exec sleep 600", drain.Token, CancellationToken.None);
        var at = await Eventually.EndsAsync("the server to be ready", ready.Task);
        await drain.CancelAsync();
        var code = await Eventually.EndsAsync("the server to end", run);

        Assert.Equal(0, code);
        Assert.False(File.Exists(at.Socket));
        using var free = DataFolder.Lock(folder.Path);
    }

    [Fact]
    public async Task A_second_request_abandons_running_jobs_and_ends_the_server_with_exit_code_130()
    {
        using var folder = new ThrowAwayFolder();
        using var drain = new CancellationTokenSource();
        using var abandon = new CancellationTokenSource();
        var ready = new TaskCompletionSource<ServerReady>();
        var started = folder["started"];

        var run = RunAsync(
            folder,
            ready,
            $"trap '' TERM; echo $$ > '{started}.new'; mv '{started}.new' '{started}'; while :; do sleep 600; done",
            drain.Token,
            abandon.Token
        );
        var at = await Eventually.EndsAsync("the server to be ready", ready.Task);
        await Eventually.HoldsAsync("the worker to ignore its signals", () => File.Exists(started));
        var process = int.Parse(await File.ReadAllTextAsync(started, TestContext.Current.CancellationToken), null);
        using var client = ServerScene.OverSocket(at.Socket);
        client.DefaultRequestHeaders.Authorization = new("Bearer", at.Key);
        var worker = new WireWorker(
            client,
            OsProcess.Environment(process, WorkerProcess.Name)!,
            OsProcess.Incarnation(process)
        )
        {
            Pool = "local",
        };
        await worker.SendAsync(worker.Next());
        await Eventually.EndsAsync("the pool to show the worker", at.PoolJoined);
        await drain.CancelAsync();
        Assert.False(run.IsCompleted);
        await abandon.CancelAsync();
        var code = await Eventually.EndsAsync("the server to end", run);

        Assert.Equal(130, code);
        await Eventually.HoldsAsync("the worker to end", () => !OsProcess.Runs(process));
    }

    private static Task<int> RunAsync(
        ThrowAwayFolder folder,
        TaskCompletionSource<ServerReady> ready,
        string worker,
        CancellationToken drain,
        CancellationToken abandon
    ) =>
        ServerProcess.RunAsync(
            new ServerOptions
            {
                Data = folder.Path,
                Port = 0,
                Workers = 1,
                WorkerCommand = ["/bin/sh", "-c", worker],
                Store = StoreKind.Memory,
            },
            ready.SetResult,
            TextWriter.Null,
            drain,
            abandon
        );
}
