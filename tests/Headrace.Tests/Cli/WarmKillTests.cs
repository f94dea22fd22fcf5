using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Headrace.Commands;
using Headrace.Protocol.Local;
using Headrace.Tests.Architecture;
using Headrace.Tests.Server;
using Headrace.Worker.Processes;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>
/// Kills warm processes with SIGKILL while they run jobs, with real server and worker processes. <c>bench/run
/// warm-kills</c> does the same for longer.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class WarmKillTests
{
    private const int Kills = 8;
    private const int JobsAfterEachKill = 100;

    [Fact]
    public async Task Jobs_of_killed_processes_run_again_and_each_is_recorded_once_and_no_process_is_left()
    {
        await using var server = await RunningServer.StartAsync();
        var folder = Path.Combine(server.Home, "warm-c");
        var program = Path.Combine(folder, "word-length");
        Compile(folder, program);
        Assert.Equal(ExitCode.Done, (await server.CliAsync("methods", "install", folder)).Code);
        var installed = Path.Combine(server.Home, "data", "methods", "warm-c", "word-length");
        await Eventually.SeesAsync(
            "an offer of the method",
            async () => (await server.CliAsync("methods", "show", "word-length")).Code == ExitCode.Done ? server : null,
            Eventually.WithProcesses
        );
        using var http = Connect(server);
        var jobs = new Dictionary<string, int>();

        for (var kill = 0; kill < Kills; kill++)
        {
            await SubmitAsync(http, jobs);
            var victim = await Eventually.SeesAsync(
                "a warm process",
                () => Processes(installed) is [var process, ..] ? $"{process}" : null,
                Eventually.WithProcesses
            );
            OsProcess.Kill(int.Parse(victim, CultureInfo.InvariantCulture));
        }
        foreach (var (id, length) in jobs)
        {
            using var reply = await http.GetAsync(
                $"v1/jobs/{id}/result?wait=30",
                TestContext.Current.CancellationToken
            );
            Assert.Equal($"{length}", await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
        var counts = JsonElement
            .Parse(await http.GetStringAsync("v1/queues/default", TestContext.Current.CancellationToken))
            .GetProperty("counts")
            .EnumerateArray()
            .Where(count => count.GetProperty("method").GetString() == "word-length")
            .Select(count => (count.GetProperty("state").GetString(), count.GetProperty("jobs").GetInt32()))
            .Where(count => count.Item2 > 0);
        Assert.Equal([("succeeded", jobs.Count)], counts);

        Assert.Equal(0, await server.StopAsync());
        await Eventually.HoldsAsync("the end of every warm process", () => Processes(installed).Count == 0);
    }

    private static void Compile(string folder, string program)
    {
        Directory.CreateDirectory(folder);
        const string Manifest = "word-length.method.json";
        File.Copy(Path.Combine(Repository.Root, "samples/warm-c", Manifest), Path.Combine(folder, Manifest));
        var source = Path.Combine(Repository.Root, "samples/warm-c/word-length.c");
        using var compiler = Process.Start("cc", ["-O2", "-o", program, source]);
        Assert.True(compiler.WaitForExit(TimeSpan.FromSeconds(60)), "The compiler did not exit in time.");
        Assert.Equal(0, compiler.ExitCode);
    }

    private static HttpClient Connect(RunningServer server)
    {
        var http = new HttpClient { BaseAddress = new Uri(server.Url), Timeout = TimeSpan.FromMinutes(2) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            File.ReadAllText(Path.Combine(server.Home, "data", "admin.key")).Trim()
        );
        return http;
    }

    /// <summary>
    /// Submits jobs whose result is the length of their body, and adds their ids and expected results to
    /// <paramref name="jobs"/>.
    /// </summary>
    private static async Task SubmitAsync(HttpClient http, Dictionary<string, int> jobs)
    {
        var lengths = Enumerable.Range(jobs.Count + 1, JobsAfterEachKill).ToList();
        using var lines = new StringContent(
            string.Concat(lengths.Select(n => $$"""{"method":"word-length","body":"{{new string('x', n)}}"}""" + "\n")),
            Encoding.UTF8,
            "application/jsonl"
        );
        using var reply = await http.PostAsync("v1/jobs:batch", lines, TestContext.Current.CancellationToken);
        var text = await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        foreach (var (line, length) in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Zip(lengths))
            jobs.Add(JsonElement.Parse(line).GetProperty("id").GetString()!, length);
    }

    private static List<int> Processes(string program) =>
        [
            .. ProcFs
                .Processes()
                .Where(process =>
                    ProcFs.Environment(process)[ExecutionMark.Variable] is not null
                    && ProcFs.Arguments(process) is [var first, ..]
                    && first == program
                ),
        ];
}
