using System.Net;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Server.Hosting;
using Headrace.Server.Machine;
using Headrace.Server.Security;
using Headrace.Tests.Server.Accounts;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

/// <summary>
/// Tests where the admin key and the worker secret of a store are kept across several starts and folders.
/// </summary>
public sealed class ServerSecretsTests : IDisposable
{
    private readonly ThrowAwayFolder _folder = new();
    private readonly ThrowAwayFolder _other = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task The_key_is_in_a_file_and_only_its_hash_is_in_the_registry()
    {
        await using var scene = await StartAsync(_folder);

        var stored = AdminIdentity.Parse(scene.Server.Registry.Get(AdminKeyDocument.Kind, AdminKeyDocument.Id)!);

        Assert.Equal(scene.Key, (await File.ReadAllTextAsync(_folder["admin.key"], Stop)).Trim());
        Assert.Equal(SecretText.Hash(scene.Key), stored.Hash);
        Assert.Equal((Environment.MachineName, _folder.Path), (stored.Machine, stored.Folder));
        Assert.False(File.Exists(_folder["worker.key"]));
        Assert.DoesNotContain("hrs_", new WorkerSecretDocument("hrs_x").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_server_on_the_store_accepts_the_key_writes_no_file_and_says_where_the_key_is()
    {
        var key = await KeyOfFirstStartAsync();
        CopyStore(_folder, _other);
        var log = new LinesOfLog();

        await using var second = await StartAsync(_other, log: log);
        using var client = second.Client(key);

        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(client, "/v1/users"));
        Assert.Null(second.Server.Ready.Key);
        Assert.False(File.Exists(_other["admin.key"]));
        Assert.Contains(
            log.Lines,
            line =>
                line.Contains($"{_folder["admin.key"]} on {Environment.MachineName}", StringComparison.Ordinal)
                && line.Contains("--new-admin-key", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_store_that_was_moved_with_its_key_keeps_the_key_at_its_new_place()
    {
        var key = await KeyOfFirstStartAsync();
        CopyStore(_folder, _other);
        File.Move(_folder["admin.key"], _other["admin.key"]);

        await using (var moved = await StartAsync(_other))
            Assert.Equal(key, moved.Key);
        File.Delete(_other["admin.key"]);
        await using var later = await StartAsync(_other);

        // The new location is stored, so deleting the file there replaces the key.
        Assert.NotEqual(key, later.Key);
    }

    [Fact]
    public async Task A_file_that_was_deleted_while_no_server_ran_is_replaced_by_a_new_key()
    {
        var old = await KeyOfFirstStartAsync();
        File.Delete(_folder["admin.key"]);

        await using var scene = await StartAsync(_folder);
        using var admin = scene.Client();

        Assert.Equal(HttpStatusCode.Unauthorized, await AccountScene.StatusAsync(scene.Client(old), "/v1/me"));
        var audit = await AccountScene.GetAsync(admin, "/v1/audit", HeadraceJson.Default.AuditPage);
        var entry = Assert.Single(audit.Entries);
        Assert.Equal(("headrace up", "replace admin key", "admin"), (entry.Who, entry.Action, entry.Target));
    }

    [Fact]
    public async Task The_key_of_another_store_prevents_the_start_and_a_new_key_can_replace_the_lost_one()
    {
        var old = await KeyOfFirstStartAsync();
        CopyStore(_folder, _other);
        AdminKey.FileOf(_other.Path).Create();

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => StartAsync(_other));
        await using var scene = await StartAsync(_other, options => options with { NewAdminKey = true });

        Assert.Equal(ServerExit.Refused, refused.Exit);
        Assert.Contains($"{_other["admin.key"]} is not the admin key", refused.Message, StringComparison.Ordinal);
        Assert.Contains(_folder["admin.key"], refused.Message, StringComparison.Ordinal);
        Assert.Contains("--new-admin-key", refused.Message, StringComparison.Ordinal);
        Assert.Equal(scene.Key, AdminKey.FileOf(_other.Path).TryRead());
        Assert.Equal(HttpStatusCode.Unauthorized, await AccountScene.StatusAsync(scene.Client(old), "/v1/me"));
        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(scene.Client(), "/v1/me"));
    }

    [Fact]
    public async Task The_file_of_the_worker_secret_is_taken_over_once_and_its_keys_stay_valid()
    {
        var former = WorkerSecret.FormerFileOf(_folder.Path).Create();

        await using (var first = await StartAsync(_folder))
            await AssertJoinsAsync(first, former);

        Assert.False(File.Exists(_folder["worker.key"]));
        await using var second = await StartAsync(_folder);
        await AssertJoinsAsync(second, former);
    }

    [Fact]
    public async Task A_file_that_an_older_server_has_written_since_does_not_replace_the_stored_secret()
    {
        var former = WorkerSecret.FormerFileOf(_folder.Path).Create();
        await using (await StartAsync(_folder)) { }
        WorkerSecret.FormerFileOf(_folder.Path).Create();

        await using var scene = await StartAsync(_folder);

        await AssertJoinsAsync(scene, former);
        Assert.False(File.Exists(_folder["worker.key"]));
    }

    [Fact]
    public async Task The_memory_store_leaves_the_file_of_the_worker_secret_to_the_store_on_disk()
    {
        var former = WorkerSecret.FormerFileOf(_folder.Path).Create();

        await using (await StartAsync(_folder, options => options with { Store = StoreKind.Memory })) { }

        Assert.Equal(former, WorkerSecret.FormerFileOf(_folder.Path).TryRead());
    }

    [Fact]
    public async Task Until_the_keys_are_stored_a_credential_is_answered_with_503_and_open_routes_are_served()
    {
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var jobStore = new TroubledJobStore(TimeProvider.System) { Hold = hold };
        var starting = ServerScene.StartAsync(parts: parts => parts with { CreateJobStore = (_, _) => jobStore });
        await Eventually.HoldsAsync("the first commit", () => Volatile.Read(ref jobStore.Held) > 0);
        using var client = ServerScene.OverSocket(
            Path.Combine(LocalPaths.Sockets(Unix.UserId()), $"{jobStore.Store.Id}.sock")
        );

        Assert.Equal(HttpStatusCode.Unauthorized, await AccountScene.StatusAsync(client, "/v1/me"));
        foreach (var credential in (string[])["hr_x", $"hrk_a_{new string('x', 43)}", "hrw_a~b~1~x", "a.b.c"])
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", credential);
            using var response = await client.GetAsync("/v1/me", Stop);
            await FrontScene.AssertRefusedAsync(
                response,
                503,
                "unavailable",
                "The server is starting and has not loaded its keys yet."
            );
            Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
            Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(client, "/healthz"));
        }
        jobStore.Hold = null;
        hold.SetResult();
        await using var scene = await starting;

        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(scene.Client(), "/v1/me"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AccountScene.StatusAsync(client, "/v1/me"));
    }

    [Fact]
    public async Task A_first_start_waits_while_the_store_rejects_commits()
    {
        var jobStore = new TroubledJobStore(TimeProvider.System) { Says = new CommitResult.Later("the disk is full") };
        var log = new LinesOfLog();
        var starting = ServerScene.StartAsync(parts: parts =>
            parts with
            {
                CreateJobStore = (_, _) => jobStore,
                Logging = log.To,
            }
        );
        await Eventually.HoldsAsync(
            "the server to say why it waits",
            () => log.Lines.Any(line => line.Contains("the disk is full", StringComparison.Ordinal))
        );
        jobStore.Says = null;

        await using var scene = await starting;

        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(scene.Client(), "/v1/me"));
    }

    private async Task<string> KeyOfFirstStartAsync()
    {
        await using var first = await StartAsync(_folder);
        return first.Key;
    }

    /// <summary>Copies only the database, as restoring a backup would.</summary>
    private static void CopyStore(ThrowAwayFolder from, ThrowAwayFolder to)
    {
        foreach (var file in Directory.GetFiles(from.Path, "headrace.db*"))
            File.Copy(file, to[Path.GetFileName(file)]);
    }

    private static async Task AssertJoinsAsync(ServerScene scene, string secret)
    {
        var sender = new LeaseHolder(new WorkerName("w1"), new Incarnation(7));
        var key = new WorkerKeys(() => secret, scene.Server.JobStore.Store.Id).Issue("a", sender);
        var worker = new WireWorker(scene.SocketClient(key), "w1", 7) { Pool = "a" };
        Assert.Equal("", (await worker.SendAsync(worker.Next())).Terminate);
    }

    private static async Task<ServerScene> StartAsync(
        ThrowAwayFolder folder,
        Func<ServerOptions, ServerOptions>? change = null,
        LinesOfLog? log = null
    )
    {
        var options = new ServerOptions
        {
            Data = folder.Path,
            Port = 0,
            Workers = 0,
        };
        var parts = new ServerDependencies { WritesRunningServer = false };
        return new ServerScene(
            await HeadraceServer.StartAsync(
                change?.Invoke(options) ?? options,
                log is null ? parts : parts with { Logging = log.To },
                Stop
            )
        );
    }
}
