using System.Net;
using Headrace.Core;
using Headrace.Server.Hosting;
using Headrace.Server.Pools;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headrace.Tests.Server.Pools.Describing;

/// <summary>
/// Tests what the server learns about the methods of a pool's own worker program, and when it learns this.
/// </summary>
public sealed class MethodLearnerTests : IDisposable
{
    private const string Text = """{"type":"object","properties":{"x":{"type":"number"}}}""";

    private readonly ThrowAwayFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Jobs_of_a_described_method_are_accepted_while_the_pool_has_no_worker_and_start_one()
    {
        Script.Write(_folder, Script.Describes($$"""{"name":"score","schema":{{Text}}}"""));
        await using var scene = await StartAsync();
        await Eventually.EndsAsync("the description", scene.Server.Ready.PoolJoined);
        Assert.Empty(scene.Server.Pool.List());

        await scene.SubmitAsync("score");

        await Eventually.HoldsAsync(
            "a worker for the waiting job",
            () => scene.Server.Pool.List() is [{ ProcessId: not null }]
        );
        Assert.Equal(Text, Assert.Single(await MethodsAsync(scene)).Schema);
    }

    [Fact]
    public async Task The_program_is_described_again_when_its_file_changes()
    {
        Script.Write(_folder, Script.Describes("""{"name":"score","schema":{}}"""));
        await using var scene = await StartAsync();
        await Eventually.EndsAsync("the description", scene.Server.Ready.PoolJoined);

        Script.Write(_folder, Script.Describes("""{"name":"score","version":2,"schema":{}}"""));

        await Eventually.HoldsAsync("the second version", () => Pool(scene).Learned.Offers is [{ Version: 2 }]);
        Assert.Equal([1, 2], (await MethodsAsync(scene)).Select(method => method.Version));
    }

    [Fact]
    public async Task A_program_that_appears_later_is_described_then()
    {
        await using var scene = await StartAsync(options => options with { ScalingCheck = TimeSpan.FromHours(1) });
        await Eventually.EndsAsync("the first attempt", scene.Server.Ready.PoolJoined);
        Assert.Contains("does not exist", Pool(scene).Learned.Problem, StringComparison.Ordinal);

        Script.Write(_folder, Script.Describes("""{"name":"score","schema":{}}"""));

        await Eventually.HoldsAsync("the method", () => Pool(scene).Learned is { Problem: null, Offers.Count: 1 });
    }

    [Fact]
    public async Task A_method_with_another_schema_is_refused_and_the_others_are_offered_R22()
    {
        // The program describes itself only after the server has registered the methods that it already knows.
        Script.Write(
            _folder,
            $"until [ -e {_folder["go"]} ]; do sleep 0.01; done\n"
                + Script.Describes("""{"name":"echo","schema":{"type":"array"}},{"name":"score","schema":{}}""")
        );
        var log = new LinesOfLog();
        await using var scene = await StartAsync(
            options => options with { Methods = [new KnownMethod("echo", 1, WireWorker.EchoSchema)] },
            log
        );
        using (var early = await scene.Client("").GetAsync("/readyz", TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
        await File.WriteAllTextAsync(_folder["go"], "", TestContext.Current.CancellationToken);
        await Eventually.EndsAsync("the description", scene.Server.Ready.PoolJoined);

        var (method, why) = Assert.Single(Pool(scene).Learned.Refused);
        Assert.Equal("echo@1", method.ToString());
        Assert.Contains("$.type changed from \"object\" to \"array\"", why, StringComparison.Ordinal);
        Assert.Contains("echo@2", why, StringComparison.Ordinal);
        Assert.Equal(["score@1"], Pool(scene).Learned.Offers!.Select(offer => offer.ToString()));
        using var ready = await scene.Client().GetAsync("/readyz", TestContext.Current.CancellationToken);
        Assert.Contains(
            "echo@2",
            await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
        Assert.True(ready.IsSuccessStatusCode);
        Assert.Contains(log.Lines, line => line.Contains("Pool own cannot offer echo@1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_program_that_does_not_describe_itself_is_started_once_and_learned_from_its_worker()
    {
        Script.Write(_folder, "[ $# -eq 0 ] || exit 64; exec sleep 600");
        await using var scene = await StartAsync();
        var process = await Eventually.SeesAsync(
            "the first worker",
            () => scene.Server.Pool.List() is [{ Self: not null, ProcessId: not null } first] ? first : null
        );
        Assert.Contains(
            "One worker is being started to discover them",
            Pool(scene).History.Latest(1, changesOnly: true)[0].Reason.Detail,
            StringComparison.Ordinal
        );
        Assert.True(Pool(scene).Learned.MustLearn);
        Assert.Contains("exited with code 64", Pool(scene).Learned.Problem, StringComparison.Ordinal);

        var worker = new WireWorker(
            scene.SocketClient(),
            process.Self!.Value.Worker.Text,
            process.Self.Value.Incarnation.Value
        )
        {
            Pool = "own",
        };
        await worker.SendAsync(worker.Next());

        await Eventually.HoldsAsync("the methods of the worker", () => Pool(scene).Learned.Offers is [{ Version: 1 }]);
        Assert.Equal(["echo"], Pool(scene).Methods.Select(method => method.Text));
        Assert.False(Pool(scene).Learned.MustLearn);
        Assert.Null(Pool(scene).Learned.Problem);
    }

    [Fact]
    public async Task A_worker_that_the_server_refuses_shows_the_reason_in_pools_and_readyz()
    {
        Script.Write(_folder, Script.Describes("""{"name":"score","schema":{}}"""));
        await using var scene = await StartAsync(options =>
            options with
            {
                Pools =
                [
                    new PoolOptions
                    {
                        Name = "own",
                        Min = 1,
                        Command = Command,
                    },
                ],
                Methods = [new KnownMethod("echo", 1, """{"type":"array"}""")],
            }
        );
        var started = await Eventually.SeesAsync(
            "a worker",
            () => scene.Server.Pool.List() is [{ Self: not null, ProcessId: not null } first] ? first : null
        );
        var self = started.Self!.Value;
        var worker = new WireWorker(scene.SocketClient(), self.Worker.Text, self.Incarnation.Value) { Pool = "own" };

        Assert.Contains("echo@2", (await worker.SendAsync(worker.Next())).Terminate, StringComparison.Ordinal);
        OsProcess.Kill(started.ProcessId!.Value);

        var failing = await Eventually.SeesAsync(
            "the reason",
            () => scene.Server.Pool.Status.Slots is [{ LastEnd: { } end }] ? end : null
        );
        Assert.Contains("was refused by the server: The schema offered for echo@1", failing, StringComparison.Ordinal);
        using var ready = await scene.Client().GetAsync("/readyz", TestContext.Current.CancellationToken);
        Assert.Contains(
            "was refused by the server",
            await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    private PoolCommand Command => new() { Program = _folder["worker"] };

    private Task<ServerScene> StartAsync(Func<ServerOptions, ServerOptions>? with = null, LinesOfLog? log = null) =>
        ServerScene.StartAsync(
            options =>
            {
                var own = options with
                {
                    Pools =
                    [
                        new PoolOptions
                        {
                            Name = "own",
                            Command = Command,
                            UpAfter = TimeSpan.Zero,
                        },
                    ],
                    ScalingCheck = TimeSpan.FromMilliseconds(50),
                };
                return with?.Invoke(own) ?? own;
            },
            parts => log is null ? parts : parts with { Logging = log.To }
        );

    private static ManagedPool Pool(ServerScene scene) => Assert.Single(scene.Server.Pools);

    private static async Task<IReadOnlyList<MethodView>> MethodsAsync(ServerScene scene) =>
        ((Response.Methods)await scene.SendAsync(new Command.ListMethods(default))).Items;
}
