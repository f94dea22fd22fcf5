using Headrace.Apps.Pipeline.Chains;
using Headrace.Apps.Pipeline.Messages;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>
/// Runs chains of jobs until all of them have ended. The chains are on the server's disk: a program that is interrupted
/// at any point and started again continues them.
/// </summary>
/// <param name="context">Where the steps are printed.</param>
/// <param name="client">The server.</param>
/// <param name="port">The queues of messages.</param>
/// <param name="run">The run.</param>
/// <param name="isDebugging">Whether messages are reported as well.</param>
internal sealed class PipelineProgram(
    CommandContext context,
    HeadraceClient client,
    IMessagePort port,
    PipelineRun run,
    bool isDebugging
)
{
    /// <summary>The number of chains that a run starts with, with the parameters 0, 1, 2 and 3.</summary>
    private const int StartChains = 4;

    /// <summary>The parameter that the program sends to itself, to show that messages start chains.</summary>
    private const long OwnMessage = 100;

    private readonly JobFeed _feed = new(client, run);
    private readonly RedisRetry _retry = new(context);
    private int _failed;

    /// <summary>Gets whether the server has accepted a job of the run from this program.</summary>
    public bool HasSubmitted { get; private set; }

    /// <summary>Returns the number of chains that failed.</summary>
    /// <param name="blocks">Whether the program waits for a stop message, even if all chains have ended.</param>
    /// <param name="cancellationToken">Interrupts the program. The chains go on at its next start.</param>
    public async Task<int> RunAsync(bool blocks, CancellationToken cancellationToken)
    {
        var own = $"{run.Id}/own";
        for (var param = 0; param < StartChains; param++)
            await SubmitAsync(ChainLink.First(Format.Number(param), param), cancellationToken);
        await _retry.RunAsync(
            () => port.Outbox.PutAsync(own, RequestWriter.Param(OwnMessage, port.Form), cancellationToken),
            cancellationToken
        );
        while (!await FollowAsync(blocks, cancellationToken))
            continue;
        await _retry.RunAsync(() => port.Outbox.ForgetAsync([own], cancellationToken), cancellationToken);
        return _failed;
    }

    /// <summary>
    /// Continues the chains and listens for messages. Returns true if everything has ended, and false if a message came
    /// while the listener was being stopped.
    /// </summary>
    private async Task<bool> FollowAsync(bool blocks, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = new Listener(context, port, AcceptAsync).RunAsync(enough.Token, cancellationToken);
        try
        {
            while (true)
            {
                await _feed.PullAsync(ContinueAsync, cancellationToken);
                var isStopped = listening.IsCompleted && await listening;
                if (isStopped ? await _feed.IsEmptyAsync(cancellationToken) : !blocks && await HasEndedAsync())
                    break;
            }
            await enough.CancelAsync();
            // A message that was in hand has started a chain by now.
            return await listening || await HasEndedAsync();
        }
        finally
        {
            await enough.CancelAsync();
            await Task.WhenAny(listening);
        }

        async Task<bool> HasEndedAsync()
        {
            var waiting = 0L;
            await _retry.RunAsync(
                async () => waiting = await port.Inbox.CountAsync(cancellationToken),
                cancellationToken
            );
            return waiting == 0 && await _feed.IsEmptyAsync(cancellationToken);
        }
    }

    private async Task AcceptAsync(InboxMessage message, RequestReading reading, CancellationToken cancellationToken)
    {
        if (reading.Request is { Method: PipelineRequest.DefaultMethod, Param: { } param })
        {
            if (isDebugging)
                context.WriteNote($"Message {message.Name} starts a chain with {param}.");
            await SubmitAsync(ChainLink.First(message.Name, param), cancellationToken);
            return;
        }
        var reason =
            reading.Fault
            ?? "The pipeline only accepts a parameter, such as 100. A request for a method needs the method server.";
        context.WriteNote($"Message {message.Name} is rejected: {reason}");
        await port.Inbox.RejectAsync(message, reason, cancellationToken);
    }

    private async Task ContinueAsync(JobReply job, StepOutcome outcome, CancellationToken cancellationToken)
    {
        // Another program may have submitted jobs to the queue.
        if (ChainTags.Read(job.Tags, run.Id) is not { } link)
            return;
        var turn = ChainRule.Decide(link, outcome);
        if (turn.Next is { } next)
            await SubmitAsync(next, cancellationToken);
        if (turn.HasFailed)
            _failed++;
        Print(link, turn, job);
    }

    private async Task SubmitAsync(ChainLink link, CancellationToken cancellationToken)
    {
        var request = link.Step switch
        {
            ChainStep.Simulate => run.Options.Simulate(link.Param),
            ChainStep.UpdateCache => JobRequest.Create(PipelineApp.UpdateCache, new { link.Param, link.Value }),
            _ => JobRequest.Create(PipelineApp.Evaluate, new { link.Param, link.Value }),
        };
        await client.SubmitAsync(
            request with
            {
                Queue = run.Jobs,
                Tags = ChainTags.Write(link, run.Id),
                IdempotencyKey = link.KeyIn(run.Id),
            },
            cancellationToken
        );
        HasSubmitted = true;
    }

    private void Print(ChainLink link, ChainTurn turn, JobReply job)
    {
        if (context.Json)
            context.Terminal.WriteLine(
                Format.Json(
                    new StepLine(link.Chain, link.Step.ToName(), link.Param, turn.Text, turn.HasFailed, job.Id),
                    StepJson.Default.StepLine
                )
            );
        else
            context.Terminal.WriteRow(
                link.Chain,
                link.Step.ToName(),
                Format.Number(link.Param),
                turn.Text,
                $"job {job.Id}"
            );
    }
}
