using Headrace.Apps.Pipeline.Messages;
using Headrace.Client;
using Headrace.Commands;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>What a program needs to work on its run: the server, the queues of messages, and the terminal.</summary>
/// <param name="command">Where the steps are printed.</param>
/// <param name="client">The server.</param>
/// <param name="port">The queues of messages.</param>
/// <param name="run">The run.</param>
/// <param name="hold">What keeps the run with this program.</param>
internal sealed class RunContext(
    CommandContext command,
    HeadraceClient client,
    IMessagePort port,
    PipelineRun run,
    RunHold hold
)
{
    private readonly RedisRetry _retry = new(command);

    public CommandContext Command => command;

    public IMessagePort Port => port;

    public PipelineRun Run => run;

    /// <summary>The ends of the jobs of the run.</summary>
    public JobFeed Feed { get; } = new(client, run);

    /// <summary>Gets whether the run may have jobs or messages in hand.</summary>
    public bool HasWork { get; private set; }

    /// <summary>Submits a job of the run.</summary>
    /// <param name="request">The job, without its queue, tags and key.</param>
    /// <param name="tags">What the program needs to know when the job has ended.</param>
    /// <param name="key">The idempotency key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task SubmitAsync(
        JobRequest request,
        IReadOnlyList<string> tags,
        string key,
        CancellationToken cancellationToken
    )
    {
        await client.SubmitAsync(
            request with
            {
                Queue = run.Jobs,
                Tags = tags,
                IdempotencyKey = key,
            },
            cancellationToken
        );
        HasWork = true;
    }

    /// <summary>Counts a chain that has failed, with the run. Returns the number of failed chains.</summary>
    public Task<int> CountFailureAsync(string job, CancellationToken cancellationToken) =>
        hold.CountFailureAsync(job, cancellationToken);

    /// <summary>Uses the queues of messages. While Redis does not respond, the call is repeated.</summary>
    public Task UsePortAsync(Func<IMessagePort, Task> call, CancellationToken cancellationToken) =>
        _retry.RunAsync(() => call(port), cancellationToken);

    /// <summary>Starts to listen for messages.</summary>
    /// <param name="acceptAsync">Starts what a message asks for. It may be called again for the same message.</param>
    /// <param name="cancellationToken">Abandons the messages.</param>
    public Listening Listen(
        Func<InboxMessage, RequestReading, CancellationToken, Task> acceptAsync,
        CancellationToken cancellationToken
    )
    {
        HasWork = true;
        return new Listening(new Listener(command, port, acceptAsync), hold.OnStopped, cancellationToken);
    }
}
