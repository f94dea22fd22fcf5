using System.Runtime.CompilerServices;
using System.Text;
using Headrace.Protocol.Json;

namespace Headrace.Client.Steering;

/// <summary>
/// Sends tasks and receives their results in the order in which they end, for programs that decide by each result what
/// to run next. The results of each topic are received separately.
/// </summary>
/// <remarks>
/// Each topic has a queue and a feed of the server, <c>NAME.TOPIC</c>. Tasks and results are on the server's disk: a
/// program that is restarted with the same name receives the results that it has not received before. Instances are
/// thread-safe. Calls that open and close require the operator role.
/// </remarks>
/// <example><code>
/// var steering = await SteeringClient.OpenAsync(client, "search", ["simulate", "train"]);
/// await steering.SendAsync(SteeringTask.Create("simulate", new { x = 1.5 }) with { Topic = "simulate" });
/// SteeringResult result = await steering.ReceiveAsync("simulate");
/// </code></example>
public sealed class SteeringClient
{
    /// <summary>The topic of tasks that name none.</summary>
    public const string DefaultTopic = "default";

    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    private readonly HeadraceClient _client;
    private readonly string _name;
    private readonly HashSet<string> _topics;

    private SteeringClient(HeadraceClient client, string name, IEnumerable<string> topics) =>
        (_client, _name, _topics) = (client, name, [DefaultTopic, .. topics]);

    /// <summary>Gets the topics.</summary>
    public IReadOnlyCollection<string> Topics => _topics;

    /// <summary>Opens the topics. Results that an earlier program with this name has not received are kept.</summary>
    /// <param name="client">The client of the server.</param>
    /// <param name="name">The name of the program; with a topic, it is the name of a queue.</param>
    /// <param name="topics">The topics besides <c>default</c>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<SteeringClient> OpenAsync(
        HeadraceClient client,
        string name,
        IEnumerable<string>? topics = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var steering = new SteeringClient(client, name, topics ?? []);
        foreach (var topic in steering._topics)
            await client.Feeds.CreateAsync(
                steering.QueueOf(topic),
                new FeedRequest
                {
                    Queue = steering.QueueOf(topic),
                    From = "now",
                    States = "all",
                },
                cancellationToken
            );
        return steering;
    }

    /// <summary>Sends a task. When the call returns, the task is on the server's disk.</summary>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">Cancels the call. The server may have accepted the task by then.</param>
    /// <returns>The id of the task, which is that of its job.</returns>
    /// <exception cref="ArgumentException">The topic was not opened, or the data of the task is too long.</exception>
    public async Task<string> SendAsync(SteeringTask task, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        RequireTopic(task.Topic);
        var tags = TaskTags.Write(task.Data, TimeProvider.System.GetUtcNow());
        var submitted = await _client.SubmitAsync(
            task.Job with
            {
                Queue = QueueOf(task.Topic),
                Tags = [.. tags, .. task.Job.Tags],
            },
            cancellationToken
        );
        return submitted.Id;
    }

    /// <summary>
    /// Waits for the next task of a topic that ends, also one that fails. Each result is received once.
    /// </summary>
    /// <param name="topic">The topic.</param>
    /// <param name="timeout">The longest wait; null to wait without a limit.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The result, whose <see cref="SteeringResult.IsComplete"/> is true.</returns>
    /// <exception cref="TimeoutException">No task of the topic has ended within the time.</exception>
    public async Task<SteeringResult> ReceiveAsync(
        string topic = DefaultTopic,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default
    )
    {
        RequireTopic(topic);
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var left = timeout - TimeProvider.System.GetElapsedTime(began) ?? MaxWait;
            var seconds = Math.Ceiling(Math.Clamp(left.TotalSeconds, 0, MaxWait.TotalSeconds));
            var pulled = await _client.Feeds.PullAsync(
                QueueOf(topic),
                top: 1,
                TimeSpan.FromSeconds(seconds),
                cancellationToken: cancellationToken
            );
            if (pulled.Deliveries is [var delivery])
            {
                var result = await CompleteAsync(topic, delivery.Job, cancellationToken);
                await _client.Feeds.AcknowledgeAsync(QueueOf(topic), [delivery.Token], cancellationToken);
                return result;
            }
            if (timeout is { } limit && TimeProvider.System.GetElapsedTime(began) >= limit)
                throw new TimeoutException(
                    $"No task of the topic '{topic}' has ended within {DurationText.ToText(limit)}."
                );
        }
    }

    /// <summary>
    /// Follows a task: returns each JSON value that its method logs, as a part that is not complete, and then the
    /// result. <see cref="ReceiveAsync"/> returns the result as well.
    /// </summary>
    /// <remarks>
    /// A Python generator logs each value that it yields. After a restart of the task, its parts begin again. The
    /// server keeps the last 64 KB of what a task logs.
    /// </remarks>
    /// <param name="id">The id of the task.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>The parts and the result.</returns>
    public async IAsyncEnumerable<SteeringResult> FollowAsync(
        string id,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var parts = new LogParts();
        await foreach (var next in _client.Events.WatchAsync(job: id, cancellationToken: cancellationToken))
        {
            if (next.Kind == "progress")
                continue;
            var job = await _client.GetJobAsync(id, cancellationToken);
            var log = job.Attempt == 0 ? "" : await _client.GetLogAsync(id, job.Attempt, cancellationToken);
            foreach (var part in parts.Next(job.Attempt, job.HasEnded() ? log + '\n' : log))
                yield return Result(TopicOf(job), job) with
                {
                    IsComplete = false,
                    Value = new JobResult(Encoding.UTF8.GetBytes(part), "application/json"),
                };
            if (!job.HasEnded())
                continue;
            yield return await CompleteAsync(TopicOf(job), job, cancellationToken);
            yield break;
        }
    }

    /// <summary>Counts the tasks of a topic that have not ended.</summary>
    public async Task<long> CountActiveAsync(string topic = DefaultTopic, CancellationToken cancellationToken = default)
    {
        RequireTopic(topic);
        try
        {
            return (await _client.GetQueueAsync(QueueOf(topic), cancellationToken)).Jobs;
        }
        catch (HeadraceProblemException unknown) when (unknown.Status == 404)
        {
            return 0;
        }
    }

    /// <summary>
    /// Closes the topics: results that have not been received are no longer delivered, but stay readable by their
    /// ids. Without this call, a later program with the same name receives them.
    /// </summary>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        foreach (var topic in _topics)
            await _client.Feeds.DeleteAsync(QueueOf(topic), cancellationToken);
    }

    private async Task<SteeringResult> CompleteAsync(string topic, JobReply job, CancellationToken cancellationToken)
    {
        var value = job.HasSucceeded() ? await _client.GetResultAsync(job.Id, cancellationToken) : null;
        return Result(topic, job) with
        {
            Value = value,
            Failure = value is null ? new JobNotSucceededException(job).Message : null,
        };
    }

    private static SteeringResult Result(string topic, JobReply job)
    {
        var (data, created) = TaskTags.Read(job.Tags);
        return new SteeringResult(topic, job, data, created ?? job.Submitted)
        {
            Received = TimeProvider.System.GetUtcNow(),
        };
    }

    private string QueueOf(string topic) => $"{_name}.{topic}";

    private string TopicOf(JobReply job) =>
        job.Queue.StartsWith($"{_name}.", StringComparison.Ordinal) ? job.Queue[(_name.Length + 1)..] : job.Queue;

    private void RequireTopic(string topic)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        if (!_topics.Contains(topic))
            throw new ArgumentException(
                $"The topic '{topic}' was not opened. Open topics: {string.Join(", ", _topics.Order())}.",
                nameof(topic)
            );
    }
}
