using System.Net;
using System.Net.Http.Headers;
using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class ShardLoopTests : IAsyncDisposable
{
    private readonly TroubledJobStore _jobStore = new(TimeProvider.System);

    public ValueTask DisposeAsync() => _jobStore.DisposeAsync();

    [Fact]
    public async Task No_request_is_answered_before_its_batch_is_durable_and_later_ones_share_the_next_commit() // R1
    {
        await using var scene = await StartAsync();
        await JoinAsync(scene);
        _jobStore.Hold = new TaskCompletionSource();

        var first = scene.SubmitAsync();
        await Eventually.HoldsAsync("the first job to be in a commit", () => _jobStore.Held >= 1);
        // The server's own commands also wait in the mailbox, so the number of waiting commands is not exact.
        var before = scene.Server.Mailbox.Count;
        var more = Enumerable.Range(0, 50).Select(_ => scene.SubmitAsync()).ToList();
        await Eventually.HoldsAsync("the other jobs to wait", () => scene.Server.Mailbox.Count >= before + 50);
        Assert.False(first.IsCompleted);
        var hold = _jobStore.Hold;
        _jobStore.Hold = null;
        hold.SetResult();
        await Eventually.EndsAsync("all jobs to be acknowledged", Task.WhenAll([first, .. more]));

        Assert.Contains(_jobStore.JobsPerCommit, jobs => jobs >= 50);
    }

    [Fact]
    public async Task Requests_that_arrive_during_a_checkpoint_share_the_commit_after_it_and_delay_no_reply()
    {
        await using var scene = await StartAsync();
        await JoinAsync(scene);
        var (begun, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        _jobStore.OnMaintain = () =>
        {
            begun.TrySetResult();
            return end.Task;
        };

        await Eventually.EndsAsync("the reply to a job committed before the checkpoint", scene.SubmitAsync());
        await Eventually.EndsAsync("the checkpoint to begin", begun.Task);
        var before = scene.Server.Mailbox.Count;
        var more = Enumerable.Range(0, 50).Select(_ => scene.SubmitAsync()).ToList();
        await Eventually.HoldsAsync("the jobs to wait", () => scene.Server.Mailbox.Count >= before + 50);
        _jobStore.OnMaintain = null;
        end.SetResult();
        await Eventually.EndsAsync("all jobs to be acknowledged", Task.WhenAll(more));

        Assert.Contains(_jobStore.JobsPerCommit, jobs => jobs >= 50);
    }

    [Fact]
    public async Task While_the_store_rejects_commits_callers_are_rejected_and_the_pending_batch_commits_later() // R5
    {
        await using var scene = await StartAsync();
        await JoinAsync(scene);
        _jobStore.Says = new CommitResult.Later("the disk is full");

        var inFlight = scene.SubmitAsync();
        await Eventually.HoldsAsync(
            "the commit failure to be reported",
            () => scene.Server.Mailbox.Trouble is not null
        );
        var rejected = (Response.Rejected)await scene.SendAsync(new Command.ListQueues(default));
        using var readyz = await scene.Client("").GetAsync("/readyz", TestContext.Current.CancellationToken);
        Assert.False(inFlight.IsCompleted);
        _jobStore.Says = null;
        var job = await Eventually.EndsAsync("the batch in flight", inFlight);

        Assert.Contains("the disk is full", rejected.Rejection.Detail);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, readyz.StatusCode);
        Assert.Contains(
            "the disk is full",
            await readyz.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
        Assert.Equal(JobState.Ready, (await scene.LiveAsync(job)).Status.State);
    }

    [Fact]
    public async Task A_broken_store_ends_the_server_with_its_message_and_acknowledges_no_request()
    {
        await using var scene = await StartAsync();
        await JoinAsync(scene);
        _jobStore.Says = new CommitResult.Broken("fsync failed");

        var asked = scene.SubmitAsync();
        var why = await Eventually.EndsAsync("the server's end", scene.Server.Ended);

        Assert.Contains("fsync failed", why);
        await Assert.ThrowsAsync<MailboxClosedException>(() => asked);
        await Assert.ThrowsAsync<MailboxClosedException>(() => scene.SendAsync(new Command.ListQueues(default)));
    }

    [Fact]
    public async Task A_cancelled_request_is_removed()
    {
        await using var scene = await StartAsync();
        await JoinAsync(scene);
        var job = await scene.SubmitAsync();
        using var giveUp = new CancellationTokenSource();
        var looking = scene.Server.Mailbox.SendAsync(new Command.GetJob(job, TimeSpan.FromSeconds(30)), giveUp.Token);
        Assert.NotEqual(0, scene.Server.Mailbox.WaitingCount);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => looking);
        // The server's own commands may also be in the mailbox, but only briefly.
        await Eventually.HoldsAsync("the request to be removed", () => scene.Server.Mailbox.WaitingCount == 0);
    }

    [Fact]
    public async Task Waiting_requests_are_rejected_when_the_server_stops()
    {
        await using var scene = await StartAsync();
        await JoinAsync(scene);
        var job = await scene.SubmitAsync();
        var looking = scene.Server.Mailbox.SendAsync(
            new Command.GetJob(job, TimeSpan.FromSeconds(30)),
            TestContext.Current.CancellationToken
        );

        await scene.Server.StopAsync(CancellationToken.None);

        await Assert.ThrowsAsync<MailboxClosedException>(() => looking);
    }

    [Fact]
    public async Task A_stopping_server_accepts_no_jobs_but_still_answers_queries()
    {
        await using var scene = await StartAsync();
        await JoinAsync(scene);
        var job = await scene.SubmitAsync();

        scene.Server.Mailbox.CloseToClients("The server is stopping.");

        var refused = await Assert.ThrowsAsync<MailboxClosedException>(() => scene.SubmitAsync());
        Assert.Contains("stopping", refused.Message);
        Assert.Equal(JobState.Ready, (await scene.LiveAsync(job)).Status.State);
    }

    [Fact]
    public async Task A_failed_read_is_answered_with_503_to_its_caller_and_the_server_continues() // R2
    {
        await using var scene = await StartAsync();
        await JoinAsync(scene);
        _jobStore.OnRead = keys =>
            keys.OfType<RowKey.Key>().Any(key => key.Name.Text == "broken")
                ? throw new HeadraceException("The file is locked.")
                : Task.CompletedTask;

        var replies = await Eventually.EndsAsync(
            "the replies",
            Task.WhenAll(PostAsync(scene, "broken"), PostAsync(scene, "fine"))
        );

        Assert.Equal(HttpStatusCode.ServiceUnavailable, replies[0].StatusCode);
        Assert.NotNull(replies[0].Headers.RetryAfter);
        Assert.Contains("The file is locked.", await TextOf(replies[0]), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Accepted, replies[1].StatusCode);
        _jobStore.OnRead = null;
        using var again = await Eventually.EndsAsync("the retry", PostAsync(scene, "broken"));
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        Assert.False(scene.Server.Ended.IsCompleted);
    }

    [Fact]
    public async Task A_slow_read_delays_no_other_request() // R1, R2
    {
        await using var scene = await StartAsync();
        await JoinAsync(scene);
        var slow = new TaskCompletionSource();
        _jobStore.OnRead = keys => keys.Any(key => key is RowKey.Completions) ? slow.Task : Task.CompletedTask;
        var job = await scene.SubmitAsync();
        await scene.SendAsync(new Command.Cancel(job));

        var pull = scene.SendAsync(new Command.Pull(new FeedName("f"), QueueName.Default, 1));
        using var other = await Eventually.EndsAsync("another submission", PostAsync(scene, "other"));

        Assert.Equal(HttpStatusCode.Accepted, other.StatusCode);
        Assert.False(pull.IsCompleted);
        slow.SetResult();
        Assert.IsType<Response.Pulled>(await Eventually.EndsAsync("the pull", pull));
    }

    [Fact]
    public async Task A_request_that_finds_the_mailbox_full_gets_503_and_a_retry_time_and_workers_are_still_heard()
    {
        await using var scene = await StartAsync();
        await JoinAsync(scene);
        _jobStore.Hold = new TaskCompletionSource();
        var first = scene.SubmitAsync();
        await Eventually.HoldsAsync("the first job to be in a commit", () => Volatile.Read(ref _jobStore.Held) > 0);
        List<Task<Response>> waiting = [];
        while (waiting is not [.., { IsFaulted: true }])
            waiting.Add(scene.SendAsync(new Command.ListWorkers()));

        using var rejected = await PostAsync(scene, "too-many");
        var message = scene.SendAsync(new Command.RegisterMethods([new Offer(new MethodName("other"), 1, "{}")]));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, rejected.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), rejected.Headers.RetryAfter?.Delta);
        Assert.Contains("16384 requests are already waiting", await TextOf(rejected), StringComparison.Ordinal);
        Assert.False(message.IsCompleted);
        var hold = _jobStore.Hold;
        _jobStore.Hold = null;
        hold.SetResult();
        await Eventually.EndsAsync("every request that was accepted", Task.WhenAll([first, message, .. waiting[..^1]]));
        await Assert.ThrowsAsync<MailboxClosedException>(() => waiting[^1]);
        using var accepted = await PostAsync(scene, "too-many");
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
    }

    [Fact]
    public async Task A_batch_is_not_kept_in_memory_while_later_batches_follow_without_a_pause()
    {
        const int Batches = 20;
        await using var scene = await StartAsync();
        await JoinAsync(scene);
        var (batches, submitted) = (new List<WeakReference>(), new List<Task>());
        _jobStore.OnCommit = batch => batches.Add(new WeakReference(batch));
        _jobStore.Hold = new TaskCompletionSource();
        submitted.Add(scene.SubmitAsync());
        for (var i = 1; i <= Batches; i++)
        {
            var held = i;
            await Eventually.HoldsAsync("the commit to be pending", () => Volatile.Read(ref _jobStore.Held) >= held);
            var before = scene.Server.Mailbox.Count;
            submitted.Add(scene.SubmitAsync());
            await Eventually.HoldsAsync("the next job to wait", () => scene.Server.Mailbox.Count > before);
            var hold = _jobStore.Hold;
            _jobStore.Hold = new TaskCompletionSource();
            hold.SetResult();
        }
        await Eventually.HoldsAsync("the last commit", () => Volatile.Read(ref _jobStore.Held) > Batches);

        // The pending commit keeps its batch, and the task of the previous commit may not have ended yet.
        await Eventually.HoldsAsync(
            "the earlier batches to be collected",
            () =>
            {
                GC.Collect();
                return batches[..^2].TrueForAll(batch => !batch.IsAlive);
            }
        );

        _jobStore.Hold.SetResult();
        _jobStore.Hold = null;
        await Eventually.EndsAsync("all jobs to be acknowledged", Task.WhenAll(submitted));
    }

    private static Task<HttpResponseMessage> PostAsync(ServerScene scene, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs")
        {
            Content = new StringContent("""{"method":"echo"}""", new MediaTypeHeaderValue("application/json")),
        };
        request.Headers.Add("Idempotency-Key", key);
        return scene.Client().SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static Task<string> TextOf(HttpResponseMessage reply) =>
        reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    private static async Task JoinAsync(ServerScene scene)
    {
        var worker = scene.Worker();
        await worker.SendAsync(worker.Next());
    }

    private Task<ServerScene> StartAsync() =>
        ServerScene.StartAsync(parts: parts => parts with { CreateJobStore = (_, _) => _jobStore });
}
