using System.Text.RegularExpressions;
using Headrace.Client;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Server.Takeover;

/// <summary>
/// Contains one test for each numbered crash point. Each test starts real processes, sends SIGKILL at its crash point,
/// restarts the process, and asserts exactly what the comment at the crash point states.
/// </summary>
[Trait("Needs", "Servers")]
public sealed partial class CrashPointTests
{
    private const string Key = "the-one";

    /// <summary>A short lease, so that waiting for the lease of a lost worker to expire takes little time.</summary>
    private static readonly (string, string) ShortLease = ("HEADRACE_LEASE", "3s");

    [Theory]
    [InlineData("1")]
    // The first commit stores the keys of a new server, and the second one records that the worker joined.
    [InlineData("2:3")]
    public async Task Crash_points_1_and_2_leave_no_trace_of_an_unacknowledged_submission_R1(string point)
    {
        await using var scene = new ProcessScene();
        await scene.UpAsync(workers: 0, point);
        await scene.JoinedAsync(scene.Work());

        await Assert.ThrowsAsync<ServerUnreachableException>(() =>
            scene.Impatient.SubmitAsync(Hashing.Once.Job(Key), TestContext.Current.CancellationToken)
        );
        await scene.KilledAsync();
        await scene.UpAsync(workers: 0);

        Assert.Empty(await JobsAsync(scene));
        var again = await scene.Client.SubmitAsync(Hashing.Once.Job(Key), TestContext.Current.CancellationToken);
        Assert.Null(again.Repeated);
        await SucceedsOnceAsync(scene, again.Id, attempt: 1);
    }

    [Fact]
    public async Task Crash_point_3_leaves_a_job_that_its_key_finds_and_a_lease_that_is_sent_to_its_holder_R4_R17()
    {
        await using var scene = new ProcessScene();
        await scene.UpAsync(workers: 0, "3:3");
        await scene.JoinedAsync(scene.Work());

        await Assert.ThrowsAsync<ServerUnreachableException>(() =>
            scene.Impatient.SubmitAsync(Hashing.Once.Job(Key), TestContext.Current.CancellationToken)
        );
        await scene.KilledAsync();
        await scene.UpAsync(workers: 0);

        var found = Assert.Single(await JobsAsync(scene));
        var again = await scene.Client.SubmitAsync(Hashing.Once.Job(Key), TestContext.Current.CancellationToken);
        Assert.Equal((found.Id, true), (again.Id, again.Repeated));
        await SucceedsOnceAsync(scene, found.Id, attempt: 1);
    }

    [Theory]
    [InlineData("4")]
    [InlineData("7")]
    [InlineData("8")]
    public async Task Crash_points_4_7_and_8_of_the_server_cause_no_second_run_R6(string point)
    {
        await using var scene = new ProcessScene();
        await scene.UpAsync(workers: 0, point);
        await scene.JoinedAsync(scene.Work());

        var submission = scene.Client.SubmitAsync(Hashing.Once.Job(Key), TestContext.Current.CancellationToken);
        await scene.KilledAsync();
        await scene.UpAsync(workers: 0);

        await SucceedsOnceAsync(scene, (await submission).Id, attempt: 1);
        // The worker has processed the revocation and continues.
        var next = await scene.Client.SubmitAsync(Hashing.Once.Job(), TestContext.Current.CancellationToken);
        await SucceedsOnceAsync(scene, next.Id, attempt: 1, jobs: 2);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("6")]
    public async Task Crash_points_5_and_6_of_a_worker_cause_a_second_attempt_on_another_worker_R8(string point)
    {
        await using var scene = new ProcessScene(ShortLease);
        await scene.UpAsync(workers: 0);
        var dying = scene.Work(point);
        await scene.JoinedAsync(dying);

        var submitted = await scene.Client.SubmitAsync(Hashing.Once.Job(), TestContext.Current.CancellationToken);
        await scene.KilledAsync(dying, "the worker");
        scene.Work();

        await SucceedsOnceAsync(scene, submitted.Id, attempt: 2);
        var attempts = await scene.Client.ListAttemptsAsync(
            submitted.Id,
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal(["lost", "succeeded"], attempts.Select(attempt => attempt.Outcome));
    }

    [Fact]
    public async Task Crash_point_9_of_a_worker_requeues_no_job_and_blames_none_R10()
    {
        await using var scene = new ProcessScene(ShortLease);
        await scene.UpAsync(workers: 0);
        var dying = scene.Work("9");
        await scene.JoinedAsync(dying);

        var submitted = await scene.Client.SubmitAsync(Hashing.Once.Job(), TestContext.Current.CancellationToken);
        await scene.KilledAsync(dying, "the worker");
        var next = scene.Work();
        await scene.JoinedAsync(next);
        // Waits until a lease of the killed worker would have expired. If that worker had received the job, the job
        // would then be granted to the other worker for a second attempt.
        await scene.SeesAsync(
            "the lease of the killed worker to expire",
            async client =>
                (await client.ListWorkersAsync(TestContext.Current.CancellationToken)).FirstOrDefault(worker =>
                    worker.Name.Contains($"-{dying.Id}-", StringComparison.Ordinal) && worker.SilentSeconds > 3
                )
        );

        await SucceedsOnceAsync(scene, submitted.Id, attempt: 1);
    }

    [Fact]
    public async Task Crash_point_10_leaves_a_worker_that_the_next_server_adopts_R9()
    {
        await using var scene = new ProcessScene();
        await scene.UpAsync(workers: 0);
        Assert.Equal(0, await scene.StopAsync());
        scene.Launch(workers: 2, "10");
        await scene.KilledAsync();
        var orphan = Assert.Single(scene.LocalWorkers);

        await scene.UpAsync(workers: 2);
        var workers = scene.LocalWorkers;
        var id = (await scene.Client.SubmitAsync(Hashing.Once.Job(), TestContext.Current.CancellationToken)).Id;
        await SucceedsOnceAsync(scene, id, attempt: 1);
        Assert.Equal(0, await scene.StopAsync());

        Assert.Equal(2, workers.Count);
        Assert.Contains(orphan, workers);
        Assert.Equal(2, workers.Select(worker => worker.Self.Worker).Distinct().Count());
        Assert.Empty(scene.LocalWorkers);
    }

    [Theory]
    [InlineData(null, 0, 0)]
    [InlineData("", 0, 0)]
    [InlineData("x", 0, 0)]
    [InlineData("3:0", 0, 0)]
    [InlineData("3", 3, 1)]
    [InlineData("3:2", 3, 2)]
    public void A_crash_point_is_armed_only_by_its_number_and_occurrence(string? armed, int number, int time) =>
        Assert.Equal((number, time), CrashPoint.Read(armed));

    [Fact]
    public void Every_crash_point_has_a_comment_in_the_code_a_row_in_life_of_a_job_and_a_test()
    {
        var code = string.Join('\n', Repository.Files("src", "*.cs").Select(Repository.Read));
        var numbers = Reached().Matches(code).Select(m => m.Groups[1].Value).ToList();
        var tests = TestNames()
            .Matches(Repository.Read("tests/Headrace.Tests/Server/Takeover/CrashPointTests.cs"))
            .SelectMany(m => Number().Matches(m.Groups[1].Value).Select(n => n.Value))
            .ToHashSet();

        Assert.Equal(10, numbers.Count);
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        Assert.All(numbers, number => Assert.Contains($"// Crash point {number}: ", code, StringComparison.Ordinal));
        Assert.All(
            numbers,
            number =>
                Assert.Contains($"\n| {number} |", Repository.Read("docs/life-of-a-job.md"), StringComparison.Ordinal)
        );
        Assert.Empty(numbers.Except(tests));
    }

    private static async Task<List<JobReply>> JobsAsync(ProcessScene scene)
    {
        var jobs = new List<JobReply>();
        await foreach (var job in scene.Client.ListJobsAsync(cancellationToken: TestContext.Current.CancellationToken))
            jobs.Add(job);
        return jobs;
    }

    /// <summary>
    /// Asserts that the job succeeds with the correct digest in the given attempt, and that exactly the given number of
    /// jobs are counted as succeeded.
    /// </summary>
    private static async Task SucceedsOnceAsync(ProcessScene scene, string id, int attempt, int jobs = 1)
    {
        var ended = await scene.SeesAsync(
            $"job {id} to end",
            id,
            job => job.State is "succeeded" or "failed" or "cancelled"
        );
        var result = await scene.Client.GetResultAsync(id, TestContext.Current.CancellationToken);
        var queue = await scene.Client.GetQueueAsync("default", TestContext.Current.CancellationToken);

        Assert.Equal(("succeeded", attempt, Hashing.Once.Digest), (ended.State, ended.Attempt, result.Text));
        Assert.Equal(
            (jobs, 0),
            (queue.Counts.Where(count => count.State == "succeeded").Sum(count => count.Jobs), queue.Jobs)
        );
    }

    [GeneratedRegex(@"CrashPoint\.Reached\((\d+)\)")]
    private static partial Regex Reached();

    [GeneratedRegex(@"Task Crash_points?((?:_and|_\d+)+)_")]
    private static partial Regex TestNames();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
