using System.Net;
using System.Net.Sockets;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Server.Hosting;
using Headrace.Storage.Sqlite;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class ServerStartTests
{
    [Fact]
    public async Task The_server_listens_on_loopback_and_on_a_socket_that_only_its_user_can_reach()
    {
        await using var scene = await ServerScene.StartAsync();

        Assert.True(IPAddress.IsLoopback(IPAddress.Parse(new Uri(scene.Server.Ready.Url).Host)));
        Assert.Equal(
            "alive\n",
            await scene.Client("").GetStringAsync("/healthz", TestContext.Current.CancellationToken)
        );
        Assert.Equal(
            "alive\n",
            await scene.SocketClient("").GetStringAsync("/healthz", TestContext.Current.CancellationToken)
        );
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(scene.Server.Ready.Socket)!)
        );
    }

    [Fact]
    public async Task A_port_in_use_fails_the_start_with_its_number_and_unlocks_the_folder()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        using var folder = new ThrowAwayFolder();
        var options = new ServerOptions
        {
            Data = folder["data"],
            Port = port,
            Workers = 0,
        };

        var (code, words) = await RunAsync(options);

        Assert.Equal(6, code);
        Assert.Contains($"Port {port}", words);
        Assert.Contains("--port", words);
        using var free = DataFolder.Lock(options.Data);
    }

    [Fact]
    public async Task A_second_server_on_the_same_folder_fails_with_one_line_that_names_the_first_process()
    {
        await using var scene = await ServerScene.StartAsync();

        var (code, words) = await RunAsync(
            new ServerOptions
            {
                Data = scene.Server.Ready.Data,
                Port = 0,
                Workers = 0,
            }
        );

        Assert.Equal(6, code);
        Assert.Contains($"process {Environment.ProcessId}", words);
        Assert.Single(words.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task All_invalid_options_are_reported()
    {
        using var folder = new ThrowAwayFolder();

        var (code, words) = await RunAsync(
            new ServerOptions
            {
                Data = folder.Path,
                Port = 70_000,
                QueueJobs = 0,
                Workers = 1,
            }
        );

        Assert.Equal(2, code);
        Assert.Contains("70000", words);
        Assert.Contains("The job limit per queue is 0", words);
        Assert.Contains("worker command", words);
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_rejected_with_both_versions()
    {
        using var folder = new ThrowAwayFolder();
        await using (
            await HeadraceServer.StartAsync(
                Sqlite(folder),
                new ServerDependencies { WritesRunningServer = false },
                TestContext.Current.CancellationToken
            )
        )
            Assert.True(File.Exists(folder["headrace.db"]));
        using (var database = Database.Open(folder["headrace.db"], writable: true, TimeSpan.FromSeconds(1)))
            database.Execute("UPDATE store SET schema = 999");

        var (code, words) = await RunAsync(Sqlite(folder));

        Assert.Equal(6, code);
        Assert.Contains("version 999", words);
        Assert.Contains($"up to {Schema.Current}", words);
    }

    [Fact]
    public async Task A_file_without_a_valid_admin_key_fails_the_start_and_unlocks_the_folder()
    {
        using var folder = new ThrowAwayFolder();
        await File.WriteAllTextAsync(folder["admin.key"], "secret", TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => StartAsync(folder.Path));

        Assert.Equal(ServerExit.Refused, refused.Exit);
        Assert.Contains("Delete the file", refused.Message);
        File.Delete(folder["admin.key"]);
        await using var server = await StartAsync(folder.Path);

        static Task<HeadraceServer> StartAsync(string data) =>
            HeadraceServer.StartAsync(
                new ServerOptions
                {
                    Data = data,
                    Port = 0,
                    Workers = 0,
                    Store = StoreKind.Memory,
                },
                new ServerDependencies { WritesRunningServer = false },
                TestContext.Current.CancellationToken
            );
    }

    [Fact]
    public async Task A_store_that_rejects_the_known_methods_fails_the_start_with_its_message()
    {
        await using var jobStore = new TroubledJobStore(TimeProvider.System)
        {
            Says = new CommitResult.Refused("no such table"),
        };

        var refused = await Assert.ThrowsAsync<StartRefusedException>(async () =>
            await (
                await ServerScene.StartAsync(
                    options => options with { Methods = [new KnownMethod("echo", 1, "{}")] },
                    parts => parts with { CreateJobStore = (_, _) => jobStore }
                )
            ).DisposeAsync()
        );

        Assert.Equal(ServerExit.Failed, refused.Exit);
        Assert.Contains("no such table", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_server_is_recorded_for_the_command_line()
    {
        await using (
            var scene = await ServerScene.StartAsync(parts: parts => parts with { WritesRunningServer = true })
        )
        {
            var note = Assert.Single(RunningServer.List(), note => note.Url == scene.Server.Ready.Url);
            Assert.Equal(
                (scene.Server.Ready.Socket, scene.Server.Ready.Data, Environment.ProcessId),
                (note.Socket, note.Data, note.ProcessId)
            );
        }

        Assert.DoesNotContain(RunningServer.List(), note => note.ProcessId == Environment.ProcessId);
    }

    [Fact]
    public async Task A_socket_left_by_a_killed_server_is_replaced_and_a_socket_in_use_fails_the_start()
    {
        using var folder = new ThrowAwayFolder();
        string left;
        await using (
            var first = await HeadraceServer.StartAsync(
                Sqlite(folder),
                new ServerDependencies { WritesRunningServer = false },
                TestContext.Current.CancellationToken
            )
        )
            left = first.Ready.Socket;
        using (var stale = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            stale.Bind(new UnixDomainSocketEndPoint(left + ".new"));
            File.Move(left + ".new", left); // disposing a socket deletes the file to which it is bound
        }
        Assert.True(File.Exists(left));

        await using (
            var second = await HeadraceServer.StartAsync(
                Sqlite(folder),
                new ServerDependencies { WritesRunningServer = false },
                TestContext.Current.CancellationToken
            )
        )
            Assert.Equal(left, second.Ready.Socket);
        using var live = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        live.Bind(new UnixDomainSocketEndPoint(left));
        live.Listen();
        var (code, words) = await RunAsync(Sqlite(folder));

        File.Delete(left);
        Assert.Equal(6, code);
        Assert.Contains("copy of this store", words);
    }

    [Fact]
    public async Task An_acknowledged_job_survives_a_restart()
    {
        using var folder = new ThrowAwayFolder();
        JobId job;
        await using (
            var first = new ServerScene(
                await HeadraceServer.StartAsync(
                    Sqlite(folder),
                    new ServerDependencies { WritesRunningServer = false },
                    TestContext.Current.CancellationToken
                )
            )
        )
        {
            var worker = first.Worker();
            await worker.SendAsync(worker.Next());
            job = await first.SubmitAsync(parameters: """{"a":1}""");
        }

        await using var second = new ServerScene(
            await HeadraceServer.StartAsync(
                Sqlite(folder),
                new ServerDependencies { WritesRunningServer = false },
                TestContext.Current.CancellationToken
            )
        );

        Assert.Equal("""{"a":1}"""u8.ToArray(), (await second.LiveAsync(job)).Spec.Params);
    }

    private static ServerOptions Sqlite(ThrowAwayFolder folder) =>
        new()
        {
            Data = folder.Path,
            Port = 0,
            Workers = 0,
        };

    private static async Task<(int Code, string Words)> RunAsync(ServerOptions options)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var words = new StringWriter();
        // Stops immediately if the start succeeds by mistake, so that the test fails because of the exit code and does
        // not time out.
        var code = await ServerProcess.RunAsync(options, _ => stop.Cancel(), words, stop.Token, CancellationToken.None);
        return (code, words.ToString());
    }
}
