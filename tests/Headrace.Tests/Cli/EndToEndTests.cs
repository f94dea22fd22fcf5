using System.Security.Cryptography;
using System.Text.Json;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Tests.Client;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Runs the command line against a server that it started, with real processes, sockets and files.</summary>
[Trait("Needs", "Servers")]
public sealed class EndToEndTests
{
    [Fact]
    public async Task Up_prints_the_right_digest_of_a_first_job_run_over_http()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("README.md", "To be hashed.");
        await using var server = await RunningServer.StartAsync("--first-job", file);

        var first = JsonElement.Parse(await server.NextLineAsync());

        Assert.Equal(Sha512Of("To be hashed."u8.ToArray(), 1), first.GetProperty("result").GetString());
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task A_job_goes_in_is_waited_for_and_gives_its_result()
    {
        await using var server = await RunningServer.StartAsync();
        byte[] body = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 7))];
        var file = server.Write("body.bin", body);

        var submitted = await server.CliAsync("submit", "sha512", "iterations=5", "--input", file, "--json");
        var id = JsonElement.Parse(submitted.Out).GetProperty("id").GetString()!;
        var waited = await server.CliAsync("wait", id);
        var result = await server.CliAsync("results", "get", id);
        var latest = await server.CliAsync("results", "latest", "--limit", "1");
        var listed = await server.CliAsync("jobs", "list", "--filter", "state:succeeded method:sha512", "--json");
        var shown = await server.CliAsync("jobs", "show", id);
        var echo = await server.CliAsync(
            "run",
            "noop",
            "--input",
            file,
            "--output",
            Path.Combine(server.Home, "copy.bin")
        );

        Assert.Equal((ExitCode.Done, $"{id}\tsucceeded\n"), (waited.Code, waited.Out));
        Assert.Equal((ExitCode.Done, Sha512Of(body, 5)), (result.Code, result.Out));
        Assert.StartsWith($"{id}\tsha512@1\tdefault\t", latest.Out, StringComparison.Ordinal);
        Assert.Equal(id, JsonElement.Parse(Assert.Single(listed.Lines)).GetProperty("id").GetString());
        Assert.Contains("input        19.5 KB, application/octet-stream", shown.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, echo.Code);
        Assert.Equal(
            body,
            await File.ReadAllBytesAsync(Path.Combine(server.Home, "copy.bin"), TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task Queues_workers_and_methods_are_lines_without_escape_codes_in_a_pipe()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("run", "noop");

        // A proxy would see the key, so requests to this machine must bypass it.
        var queues = await server.CliAsync([("http_proxy", ScriptedServer.UnusedAddress())], "queues", "list");
        var queue = await server.CliAsync("queues", "show", "default");
        var workers = await server.CliAsync("workers", "list", "--json");
        var methods = await server.CliAsync("methods", "list");
        var method = await server.CliAsync("methods", "show", "sha512");

        Assert.StartsWith("default\topen\t0\t1000000\t", queues.Out, StringComparison.Ordinal);
        Assert.Contains("noop\tsucceeded\t1\t", queue.Out, StringComparison.Ordinal);
        Assert.Equal("local", JsonElement.Parse(workers.Lines[0]).GetProperty("pool").GetString());
        Assert.Contains(
            methods.Lines,
            line =>
                line.StartsWith("sha512\t1\t", StringComparison.Ordinal)
                && line.EndsWith("\titerations", StringComparison.Ordinal)
        );
        Assert.Contains("\"iterations\"", method.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', queues.Out + queue.Out + workers.Out + methods.Out + method.Out);
    }

    [Fact]
    public async Task Each_kind_of_rejection_has_its_exit_code_and_one_line()
    {
        await using var server = await RunningServer.StartAsync();
        var large = server.Write("large.bin", new byte[(1 << 20) + 1]);
        var small = server.Write("small.bin", [1]);
        var later = (await server.CliAsync("submit", "noop", "--at", "1h")).Out.Trim();

        await Refused(ExitCode.Usage, "$.iterations", "submit", "sha512", "iterations=0");
        await Refused(ExitCode.Usage, "$.iterations", "run", "sha512", "iterations=many", "--input", small);
        await Refused(ExitCode.NotFound, "Did you mean 'sha512'?", "submit", "sha513");
        await Refused(ExitCode.NotFound, "There is no job 999", "jobs", "show", "999");
        await Refused(ExitCode.NotFound, "There is no job 999", "wait", "999");
        await Refused(ExitCode.Refused, "1048577", "submit", "noop", "--input", large);
        var filter = await server.CliAsync("jobs", "list", "--filter", "frob:1");
        Assert.Equal((ExitCode.Usage, 3), (filter.Code, filter.Error.TrimEnd().Split('\n').Length));
        Assert.Contains("\n  frob:1\n  ^^^^\n", filter.Error, StringComparison.Ordinal);
        await Refused(ExitCode.TimedOut, "scheduled", "wait", later, "--timeout", "0s");
        await Refused(ExitCode.Usage, "has no result yet", "results", "get", later);

        Assert.Equal($"{later}\tcancelled\n", (await server.CliAsync("jobs", "cancel", later)).Out);
        Assert.Equal((ExitCode.JobFailed, $"{later}\tcancelled\n"), await CodeAndOut("wait", later));
        await Refused(ExitCode.JobFailed, "cancelled", "results", "get", later);
        await Refused(ExitCode.Refused, "has already ended", "jobs", "cancel", later);
        var stranger = await server.CliAsync([("HEADRACE_KEY", "wrong")], "jobs", "list");
        Assert.Equal(ExitCode.NotAllowed, stranger.Code);
        Assert.Contains("admin.key", stranger.Error, StringComparison.Ordinal);

        async Task Refused(int code, string message, params string[] arguments)
        {
            var run = await server.CliAsync(arguments);
            Assert.True(
                run.Code == code,
                $"{string.Join(' ', arguments)} exited with code {run.Code}, not {code}: {run.Error}"
            );
            Assert.Contains(message, run.Error, StringComparison.Ordinal);
            Assert.Single(run.Error.TrimEnd().Split('\n'));
        }

        async Task<(int, string)> CodeAndOut(params string[] arguments)
        {
            var run = await server.CliAsync(arguments);
            return (run.Code, run.Out);
        }
    }

    [Fact]
    public async Task Each_file_becomes_a_job_and_a_rejected_file_does_not_affect_the_others()
    {
        await using var server = await RunningServer.StartAsync();
        var files = Files(server, 30);
        var large = server.Write("large.bin", new byte[(1 << 20) + 1]);

        var submitted = await server.CliAsync([
            "submit",
            "sha512",
            "iterations=2",
            "--wait",
            "--each",
            .. files.Keys,
            large,
        ]);

        Assert.Equal(ExitCode.Refused, submitted.Code);
        Assert.Contains($"'{large}' is at least 1048577 bytes", submitted.Error, StringComparison.Ordinal);
        Assert.Contains("30 of 31 submitted, 1 rejected.", submitted.Error, StringComparison.Ordinal);
        await AssertDigestsAsync(server, submitted.Lines.Take(30), files, iterations: 2);
        Assert.Equal(
            30,
            submitted.Lines.Skip(30).Count(line => line.EndsWith("\tsucceeded", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task Acknowledged_jobs_survive_kill_9_and_give_right_digests()
    {
        await using var server = await RunningServer.StartAsync();
        var files = Files(server, 40);
        var submitted = await server.CliAsync(["submit", "sha512", "iterations=20000", "--each", .. files.Keys]);
        Assert.Equal((0, 40), (submitted.Code, submitted.Lines.Length));

        await server.KillAsync();
        await server.StartAgainAsync();

        var waited = await server.CliAsync(["wait", .. submitted.Lines.Select(l => l.Split('\t')[0])]);
        Assert.Equal(ExitCode.Done, waited.Code);
        await AssertDigestsAsync(server, submitted.Lines, files, iterations: 20_000);
    }

    [Fact]
    public async Task Submission_of_many_files_continues_across_kill_9_of_the_server()
    {
        await using var server = await RunningServer.StartAsync();
        // A batch is limited to 4 MB, so these files require several batches. The first replies arrive before the last
        // batch is sent.
        var files = Files(server, 60, bytes: 400_000);
        using var submitting = server.StartCli([], ["submit", "sha512", "--each", .. files.Keys]);
        var firstLine = await submitting.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

        await server.KillAsync();
        await server.StartAgainAsync();

        var submitted = await CliProcess.EndAsync(submitting, "submit --each");
        var lines = submitted.Lines.Prepend(firstLine!).ToList();
        Assert.Equal(ExitCode.Done, submitted.Code);
        Assert.Equal(files.Keys.Order(), lines.Select(l => l.Split('\t')[1]).Order());
        Assert.Equal(lines.Count, lines.Select(l => l.Split('\t')[0]).Distinct().Count());
        Assert.Equal(ExitCode.Done, (await server.CliAsync(["wait", .. lines.Select(l => l.Split('\t')[0])])).Code);
        await AssertDigestsAsync(server, lines, files, iterations: 1);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("HUP")]
    public async Task Interrupted_wait_ends_with_130_and_leaves_the_job(string signal)
    {
        await using var server = await RunningServer.StartAsync();
        var later = (await server.CliAsync("submit", "noop", "--at", "1h")).Out.Trim();
        // Once the command has printed the outcome of the first job, it is waiting for the second one.
        var done = (await server.CliAsync("submit", "noop")).Out.Trim();
        using var waiting = server.StartCli([], "wait", done, later);
        Assert.Equal(
            $"{done}\tsucceeded",
            await waiting.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
        );

        Signals.Send(signal, waiting.Id);

        Assert.Equal(ExitCode.Interrupted, (await CliProcess.EndAsync(waiting, "wait")).Code);
        Assert.Contains("Scheduled for", (await server.CliAsync("jobs", "why", later)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_server_on_the_same_folder_is_rejected_with_the_process_id_of_the_first()
    {
        await using var server = await RunningServer.StartAsync();

        var second = await server.CliAsync("up", "--data", Path.Combine(server.Home, "data"), "--port", "0");

        Assert.Equal(ExitCode.Refused, second.Code);
        Assert.Contains($"{server.ProcessId}", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_server_is_no_longer_listed_as_running()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(ExitCode.Done, await server.StopAsync());

        var run = await server.CliAsync("jobs", "list", "--server", server.Url);

        Assert.Equal(ExitCode.Unreachable, run.Code);
        Assert.Empty(Directory.GetFiles(Path.Combine(server.Home, ".local", "state", "headrace", "servers")));
    }

    private static Dictionary<string, byte[]> Files(RunningServer server, int count, int bytes = 3_000)
    {
        // The random bytes are the same in every run but different for each file.
        var random = new Random(42);
        var files = new Dictionary<string, byte[]>();
        for (var i = 0; i < count; i++)
        {
            var body = new byte[bytes + i];
            random.NextBytes(body);
            files.Add(server.Write($"file{i}.bin", body), body);
        }
        return files;
    }

    private static async Task AssertDigestsAsync(
        RunningServer server,
        IEnumerable<string> lines,
        Dictionary<string, byte[]> files,
        int iterations
    )
    {
        var key = (
            await File.ReadAllTextAsync(
                Path.Combine(server.Home, "data", "admin.key"),
                TestContext.Current.CancellationToken
            )
        ).Trim();
        using var client = new HeadraceClient(server.Url, key);
        foreach (var line in lines)
        {
            var (id, file) = (line.Split('\t')[0], line.Split('\t')[1]);
            var result = await client.GetResultAsync(id, TestContext.Current.CancellationToken);
            Assert.Equal(Sha512Of(files[file], iterations), result.Text);
        }
    }

    private static string Sha512Of(byte[] body, int iterations)
    {
        var digest = SHA512.HashData(body);
        for (var i = 1; i < iterations; i++)
            digest = SHA512.HashData(digest);
        return Convert.ToHexStringLower(digest);
    }
}
