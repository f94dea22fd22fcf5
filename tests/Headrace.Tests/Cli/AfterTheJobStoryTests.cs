using System.Globalization;
using System.Text;
using System.Text.Json;
using Headrace.Bench.Retention;
using Headrace.Commands;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>
/// Tests what a user does with ended jobs, using only the command line. docs/jobs.md shows the same steps.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class AfterTheJobStoryTests
{
    private const int Pictures = 500;
    private const int Damaged = 100;
    private const int OldJobs = 1_000;

    // On a machine that is busy with other tests, starting a program for each picture can take a while.
    private static readonly TimeSpan ManyPrograms = TimeSpan.FromMinutes(3);

    // The method's program, which initially fails for some of the pictures.
    private const string Defective = "if grep -q cmyk; then echo unknown colour space >&2; exit 3; fi\n";
    private const string Repaired = "cat > /dev/null\n";

    [Fact]
    public async Task Failures_are_grouped_explained_and_retried_old_jobs_disappear_and_a_queue_is_paused_and_purged()
    {
        await using var server = await StartWithOldJobsAsync();
        var program = server.Write("resize.sh", Encoding.UTF8.GetBytes(Defective));
        await InstallAsync(server, program);

        // Submit 500 jobs, some of which fail.
        var submitted = await DoneAsync(
            server,
            [
                "submit",
                "resize",
                "--queue",
                "eu",
                "--retries",
                "0",
                "--tag",
                "run=7",
                "--each",
                .. WritePictures(server),
            ]
        );
        Assert.Equal(Pictures, submitted.Lines.Length);
        await WaitAsync(server, "eu");

        // Group the failed jobs, and find out why one of them failed.
        var groups = await DoneAsync(server, "jobs", "failures", "--queue", "eu", "--json");
        var group = JsonElement.Parse(Assert.Single(groups.Lines));
        Assert.Equal(Damaged, group.GetProperty("count").GetInt32());
        Assert.EndsWith(": unknown colour space", group.GetProperty("message").GetString(), StringComparison.Ordinal);
        var newest = group.GetProperty("newestId").GetString()!;
        var attempts = await DoneAsync(server, "jobs", "attempts", newest, "--log", "5");
        Assert.Contains("unknown colour space", attempts.Out, StringComparison.Ordinal);

        // Repair the program, retry one of the failed jobs, and then all the others.
        server.Write("resize.sh", Encoding.UTF8.GetBytes(Repaired));
        Assert.Equal($"{newest}\tready\n", (await DoneAsync(server, "jobs", "retry", newest)).Out);
        await DoneAsync(server, "wait", newest);
        var counted = await DoneAsync(server, "jobs", "retry", "--filter", "tag:run=7 state:failed", "--dry-run");
        Assert.Equal($"{Damaged - 1} jobs match\n", counted.Out);
        var retried = await DoneAsync(server, "jobs", "retry", "--filter", "tag:run=7 state:failed");
        Assert.Equal($"sweep 1 (retry) done: {Damaged - 1} changed\n", retried.Out);
        await WaitAsync(server, "eu");
        Assert.Equal("", (await DoneAsync(server, "jobs", "failures", "--queue", "eu")).Out);
        Assert.Equal(Pictures, await KeptAsync(server, "eu", "succeeded"));

        // See old jobs disappear.
        Assert.Equal(OldJobs, await KeptAsync(server, EndedJobs.Queue, "succeeded"));
        await DoneAsync(server, "queues", "set", EndedJobs.Queue, "--keep", "1d");
        await Eventually.SeesAsync(
            "the deletion of the old jobs",
            async () => await KeptAsync(server, EndedJobs.Queue, "succeeded") == 0 ? server : null,
            Eventually.WithProcesses
        );
        Assert.Equal(Pictures, await KeptAsync(server, "eu", "succeeded"));

        // Pause the queue, and purge it.
        await DoneAsync(server, "queues", "pause", "eu");
        var waiting = (await DoneAsync(server, "submit", "resize", "--queue", "eu", "--input", "0.picture")).Lines[0];
        var why = await DoneAsync(server, "jobs", "why", waiting);
        Assert.StartsWith("Queue 'eu' was paused by admin at ", why.Out, StringComparison.Ordinal);
        var purged = await DoneAsync(server, "queues", "purge", "eu", "--yes", "--json");
        Assert.Equal("""{"cancelled":1,"ready":0}""" + "\n", purged.Out);
        await DoneAsync(server, "queues", "resume", "eu");
        var deleted = await DoneAsync(server, "jobs", "delete", "--filter", "queue:eu state:cancelled");
        Assert.Equal("sweep 2 (delete) done: 1 changed\n", deleted.Out);
        Assert.Equal(ExitCode.NotFound, (await server.CliAsync("jobs", "show", waiting)).Code);
    }

    /// <summary>Starts a server whose store contains jobs that succeeded three days ago.</summary>
    private static async Task<RunningServer> StartWithOldJobsAsync()
    {
        var server = await RunningServer.StartAsync();
        Assert.Equal(0, await server.StopAsync());
        EndedJobs.Add(
            Path.Combine(server.Home, "data"),
            OldJobs,
            TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(3)
        );
        await server.StartAgainAsync("0");
        return server;
    }

    private static async Task InstallAsync(RunningServer server, string program)
    {
        var manifest = new { name = "resize", argv = (string[])["/bin/sh", program] };
        var file = server.Write("resize.method.json", JsonSerializer.SerializeToUtf8Bytes(manifest));
        await DoneAsync(server, "methods", "install", file);
        await server.WaitForMethodAsync("resize");
    }

    /// <summary>Writes the pictures, and returns the names of their files.</summary>
    private static IEnumerable<string> WritePictures(RunningServer server)
    {
        for (var i = 0; i < Pictures; i++)
        {
            var name = i.ToString(CultureInfo.InvariantCulture) + ".picture";
            server.Write(name, i < Damaged ? "cmyk"u8.ToArray() : "rgb"u8.ToArray());
            yield return name;
        }
    }

    private static async Task WaitAsync(RunningServer server, string queue)
    {
        using var wait = server.StartCli([], "wait", "--queue", queue);
        var ended = await CliProcess.EndAsync(wait, "wait", ManyPrograms);
        Assert.True(ended.Code is ExitCode.Done or ExitCode.JobFailed, ended.Error);
    }

    private static async Task<CliProcess> DoneAsync(RunningServer server, params string[] command)
    {
        var ran = await server.CliAsync(command);
        Assert.True(
            ran.Code == ExitCode.Done,
            $"'{string.Join(' ', command.Take(6))}' ended with {ran.Code}: {ran.Error}"
        );
        return ran;
    }

    /// <summary>Returns the number of a queue's ended jobs that the store keeps.</summary>
    private static async Task<long> KeptAsync(RunningServer server, string queue, string ended)
    {
        var usage = await DoneAsync(server, "store", "usage", "--json");
        return JsonElement
            .Parse(usage.Out)
            .GetProperty("kept")
            .EnumerateArray()
            .Where(kept =>
                kept.GetProperty("queue").GetString() == queue && kept.GetProperty("state").GetString() == ended
            )
            .Sum(kept => kept.GetProperty("jobs").GetInt64());
    }
}
