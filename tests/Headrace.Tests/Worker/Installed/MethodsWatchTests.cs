using Headrace.Core;
using Headrace.Tests.Cli;
using Headrace.Tests.Worker.Exchange;
using Headrace.Tests.Worker.Manifests;
using Headrace.Worker;
using Headrace.Worker.Installed;
using Headrace.Worker.Manifests;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Worker.Installed;

/// <summary>Tests that a running worker detects and applies changes in the folder for installed methods.</summary>
public sealed class MethodsWatchTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _log = [];
    private readonly FakeTimeProvider _clock = new();
    private WorkerScene _scene = null!;
    private MethodsWatch _watch = null!;

    public async ValueTask InitializeAsync()
    {
        _scene = await WorkerScene.StartAsync();
        _scene.App.MapMethod("fixed", () => "fixed");
    }

    public async ValueTask DisposeAsync()
    {
        await _scene.DisposeAsync();
        _watch.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Installed_changed_and_removed_methods_take_effect_while_the_worker_runs()
    {
        await StartAsync();

        Install("m", "echo one");
        Assert.Equal("one\n", await RunAsync("m"));
        Install("m", "echo two");
        Assert.Equal("two\n", await RunAsync("m"));
        File.Delete(Path.Combine(_folder.Path, "m.method.json"));
        Check();
        var waiting = await _scene.SubmitAsync("m");
        await OffersAsync(offers => !offers.Contains("m@1"));

        Assert.Equal("fixed", await RunAsync("fixed"));
        Assert.IsType<Response.Live>(await _scene.SendAsync(new Command.GetJob(waiting, TimeSpan.Zero)));
    }

    [Fact]
    public async Task A_faulty_manifest_is_logged_once_and_does_not_affect_other_methods()
    {
        _folder.Write("bad.method.json", """{"name":"bad","argv":["x"],"slotz":2}""");
        Install("good", "echo good");
        await StartAsync();
        Check();

        Assert.Equal("good\n", await RunAsync("good"));
        Assert.Equal(
            $"The manifest {_folder.Path}/bad.method.json is not used: 1:28: 'slotz' is not a member of a manifest. "
                + "Did you mean 'slots'?",
            Assert.Single(_log)
        );
    }

    [Fact]
    public async Task A_manifest_that_becomes_faulty_keeps_its_method_as_it_was()
    {
        Install("m", "echo one");
        await StartAsync();

        _folder.Write("m.method.json", "{");
        Check();

        Assert.Equal("one\n", await RunAsync("m"));
        Assert.Single(_log);
    }

    [Fact]
    public async Task A_manifest_with_other_schemas_in_the_same_version_is_not_used_and_the_method_stays_as_it_was_R22()
    {
        _folder.Write("m.method.json", Manifest("echo one", "number"));
        await StartAsync();
        Assert.Equal("one\n", await RunAsync("m"));

        _folder.Write("m.method.json", Manifest("echo two", "string"));
        Check();
        Assert.Equal("one\n", await RunAsync("m"));
        Assert.Equal(
            $"The manifest {_folder.Path}/m.method.json is not used, and m@1 remains unchanged: in the params schema, "
                + "$.properties.x.type changed from \"number\" to \"string\". Raise the version in the manifest.",
            Assert.Single(_log)
        );

        _folder.Write("m.method.json", Manifest("echo three", "number"));
        Check();
        Assert.Equal("three\n", await RunAsync("m"));

        static string Manifest(string script, string type) =>
            System.Text.Json.JsonSerializer.Serialize(
                new
                {
                    name = "m",
                    argv = Shell(script),
                    @params = new { type = "object", properties = new { x = new { type } } },
                }
            );
    }

    [Fact]
    public async Task A_manifest_with_the_name_of_another_method_is_not_used()
    {
        Install("fixed", "echo other");
        await StartAsync();

        Assert.Equal("fixed", await RunAsync("fixed"));
        Assert.Contains(
            "is not used: The method fixed@1 is mapped twice.",
            Assert.Single(_log),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_running_attempt_finishes_with_the_manifest_with_which_it_began()
    {
        var go = Path.Combine(_folder.Path, "go");
        var began = Path.Combine(_folder.Path, "began");
        Install("m", $"touch {began}; while [ ! -e {go} ]; do sleep 0.01; done; echo one");
        await StartAsync(slots: 2);
        var first = await _scene.SubmitAsync("m");
        await Server.Eventually.HoldsAsync("the start of the program", () => File.Exists(began));

        Install("m", "echo two");
        Assert.Equal("two\n", await RunAsync("m"));
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);

        Assert.Equal("one\n", (await _scene.EndOfAsync(first)).Result);
    }

    [Fact]
    public async Task A_method_whose_library_is_absent_is_unavailable_with_the_reason_and_the_others_run()
    {
        Install("good", "echo good");
        _folder.Write(
            "ranks.method.json",
            """{"name":"ranks","argv":["x"],"mpi":{"ranks":2,"implementation":"srun"}}"""
        );
        await StartAsync();
        Check();

        Assert.Equal("good\n", await RunAsync("good"));
        var waiting = await _scene.SubmitAsync("ranks");
        // Even if Slurm is installed, this test's worker does not run inside an allocation.
        var reason =
            "(srun is not on the PATH .* apt install slurm-client"
            + "|The worker does not run inside a Slurm allocation)";
        Assert.Matches($"ranks.method.json cannot be used at present: {reason}", Assert.Single(_log));
        var live = (Response.Live)await _scene.SendAsync(new Command.GetJob(waiting, TimeSpan.Zero));
        Assert.Matches($"Worker w1 cannot run ranks@1 at present: {reason}", live.Explanation);
        var methods = (Response.Methods)await _scene.SendAsync(new Command.ListMethods(default));
        Assert.Matches(
            reason,
            Assert.Single(methods.Items, method => method.Name.Text == "ranks").Unavailable.Single()
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","mpi":{"ranks":2,"implementation":"openmpi"}""")]
    public async Task A_method_whose_program_is_deleted_is_unavailable_with_the_path_until_it_is_there_again(string mpi)
    {
        var program = Path.Combine(_folder.Path, "run");
        _folder.Write("m.method.json", $$"""{"name":"m","argv":["./run"]{{mpi}}}""");
        // The worker starts without the program, as after a restart.
        await StartAsync(slots: 2);
        Assert.Equal($"The program {program} does not exist.", Reason());
        Assert.Equal(
            $"The manifest {_folder.Path}/m.method.json cannot be used at present: {Reason()}",
            Assert.Single(_log)
        );

        _folder.Write("run", "#!/bin/sh\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Check();
        Assert.Equal("", Reason());

        // No manifest changes when the program alone is deleted.
        File.Delete(program);
        Check();
        Assert.Equal($"The program {program} does not exist.", Reason());

        string Reason() => _scene.App.Builders.Single(builder => builder.Name == "m").Offer.Unavailable;
    }

    [Fact]
    public async Task A_method_whose_process_cannot_be_started_is_withdrawn_for_half_a_minute()
    {
        _folder.Write("m.method.json", """{"name":"m","argv":["/bin/false"],"params":{},"warm":{}}""");
        await StartAsync();
        for (var i = 0; i < Headrace.Worker.Warm.WarmHealth.MaxFailedStarts; i++)
            await _scene.EndOfAsync(await _scene.SubmitAsync("m", with: spec => spec with { Retries = 0 }));
        // The executor records the failure after it has ended the job.
        await Server.Eventually.HoldsAsync("the end of the offer", () => Checked(() => Reason().Length > 0));
        Assert.StartsWith("5 starts in a row have failed.", Reason(), StringComparison.Ordinal);

        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal("", Reason());

        string Reason() => _scene.App.Builders.Single(builder => builder.Name == "m").Offer.Unavailable;
    }

    [Fact]
    public async Task A_method_whose_check_fails_is_unavailable_with_the_reason_until_the_check_succeeds()
    {
        var library = Path.Combine(_folder.Path, "library");
        Install("good", "echo good");
        Install(
            "m",
            "echo one",
            $"if [ ! -e {library} ]; then echo trace >&2; echo 'The library is missing.' >&2; exit 1; fi"
        );
        await StartAsync();

        await Server.Eventually.HoldsAsync(
            "the message about the check",
            () =>
            {
                Check();
                return _log.Count > 0;
            },
            Server.Eventually.WithProcesses
        );
        Assert.Equal(
            $"The manifest {_folder.Path}/m.method.json cannot be used at present: The library is missing.",
            Assert.Single(_log)
        );
        Assert.Equal("good\n", await RunAsync("good"));
        Assert.Equal("The library is missing.", Unavailable());

        _folder.Write("library", "");
        await Server.Eventually.HoldsAsync(
            "the offer of the method",
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(10));
                return Unavailable().Length == 0;
            },
            Server.Eventually.WithProcesses
        );
        Assert.Single(_log);

        string Unavailable() => _scene.App.Builders.Single(builder => builder.Name == "m").Offer.Unavailable;
    }

    [Fact]
    public async Task A_method_is_offered_as_it_was_while_the_check_of_its_new_manifest_runs()
    {
        var (begun, go) = (Path.Combine(_folder.Path, "begun"), Path.Combine(_folder.Path, "go"));
        Install("m", "echo one");
        await StartAsync();
        Assert.Equal("one\n", await RunAsync("m"));

        Install("m", "echo two", $"touch {begun}; while [ ! -e {go} ]; do sleep 0.01; done");
        await Server.Eventually.HoldsAsync("the start of the check", () => File.Exists(begun));
        Check();
        Assert.Equal("one\n", await RunAsync("m"));
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);

        await Server.Eventually.SeesAsync(
            "the new program",
            async () =>
            {
                Check();
                return await RunAsync("m") == "two\n" ? this : null;
            },
            Server.Eventually.WithProcesses
        );
        Assert.Empty(_log);
    }

    [Fact]
    public async Task A_worker_that_describes_its_methods_runs_no_check()
    {
        var ran = Path.Combine(_folder.Path, "ran");
        Install("m", "echo one", $"touch {ran}; exit 1");
        var describes = HeadraceWorker.Create(["--describe"]);

        using var watch = MethodsWatch.Start(
            describes,
            new MethodsFolder(_folder.Path, Manifest.FaultOf),
            _ => true,
            _log.Add,
            _clock
        );
        await StartAsync();

        Assert.Equal(["m"], describes.Builders.Select(builder => builder.Name));
    }

    [Fact]
    public async Task Only_the_wanted_methods_are_offered()
    {
        Install("a", "echo a");
        Install("b", "echo b");
        await StartAsync(isWanted: name => name == "b");

        Assert.Equal(["fixed", "b"], _scene.App.Builders.Select(builder => builder.Name));
    }

    private async Task StartAsync(int slots = 1, Func<string, bool>? isWanted = null)
    {
        _watch = MethodsWatch.Start(
            _scene.App,
            new MethodsFolder(_folder.Path, Manifest.FaultOf),
            isWanted ?? (_ => true),
            _log.Add,
            _clock
        );
        await _scene.JoinAsync(slots: slots);
    }

    private void Install(string name, string script, string? check = null)
    {
        var manifest = System.Text.Json.JsonSerializer.Serialize(
            check is null
                ? (object)new { name, argv = Shell(script) }
                : new
                {
                    name,
                    argv = Shell(script),
                    check = Shell(check),
                }
        );
        // As in an installation, the file is written outside the folder and then moved into it.
        var path = _folder.Write($".{name}.new", manifest);
        File.Move(path, Path.Combine(_folder.Path, $"{name}.method.json"), overwrite: true);
        Check();
    }

    private bool Checked(Func<bool> holds)
    {
        Check();
        return holds();
    }

    private static string[] Shell(string script) => ["/bin/sh", "-c", script];

    private void Check()
    {
        if (_watch is not null)
            _clock.Advance(TimeSpan.FromSeconds(1));
    }

    private async Task<string> RunAsync(string method)
    {
        await OffersAsync(offers => offers.Contains($"{method}@1"));
        return (await _scene.EndOfAsync(await _scene.SubmitAsync(method))).Result;
    }

    private Task OffersAsync(Func<IReadOnlyCollection<string>, bool> look) =>
        Server.Eventually.HoldsAsync(
            "the offers of the worker",
            () =>
                _scene.Transport.Sent.LastOrDefault(message => message.Offers.Count > 0) is { } last
                && look([.. last.Offers.Select(offer => $"{offer.Method}@{offer.Version}")])
        );
}
