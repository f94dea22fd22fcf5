using Headrace.Apps.Pipeline.Chains;
using Headrace.Apps.Pipeline.Messages;
using Headrace.Client;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>
/// Runs chains of jobs until all of them have ended. The chains are on the server's disk: a program that is interrupted
/// at any point and started again continues them.
/// </summary>
/// <param name="context">What the program works with.</param>
/// <param name="isDebugging">Whether messages are reported as well.</param>
internal sealed class PipelineProgram(RunContext context, bool isDebugging)
{
    /// <summary>The number of chains that a run starts with, with the parameters 0, 1, 2 and 3.</summary>
    private const int StartChains = 4;

    /// <summary>The parameter that the program sends to itself, to show that messages start chains.</summary>
    private const long OwnMessage = 100;

    private int _failed = context.Run.Failed;

    private PipelineRun Run => context.Run;

    /// <summary>Returns the number of chains of the run that failed, also before a restart.</summary>
    /// <param name="blocks">Whether the program waits for a stop message, even if all chains have ended.</param>
    /// <param name="cancellationToken">Interrupts the program. The chains go on at its next start.</param>
    public async Task<int> RunAsync(bool blocks, CancellationToken cancellationToken)
    {
        var own = $"{Run.Id}/own";
        for (var param = 0; param < StartChains; param++)
            await SubmitAsync(ChainLink.First(Format.Number(param), param), cancellationToken);
        await context.UsePortAsync(
            port => port.Outbox.PutAsync(own, RequestWriter.Own(OwnMessage, port.Form), cancellationToken),
            cancellationToken
        );
        while (!await FollowAsync(blocks, cancellationToken))
            continue;
        // A stop message before it leaves it in the queue, where the next run would find it besides its own.
        await context.UsePortAsync(
            port => port.Outbox.WithdrawAsync(own, RequestWriter.Own(OwnMessage, port.Form), cancellationToken),
            cancellationToken
        );
        await context.UsePortAsync(port => port.Outbox.ForgetAsync([own], cancellationToken), cancellationToken);
        return _failed;
    }

    /// <summary>
    /// Continues the chains and listens for messages. Returns true if everything has ended, and false if a message came
    /// while the listener was being stopped.
    /// </summary>
    private async Task<bool> FollowAsync(bool blocks, CancellationToken cancellationToken)
    {
        await using var listening = context.Listen(AcceptAsync, cancellationToken);
        bool hasEnded;
        do
        {
            await context.Feed.PullAsync(ContinueAsync, cancellationToken);
            hasEnded = await listening.IsStoppedAsync()
                ? await context.Feed.IsEmptyAsync(cancellationToken)
                : !blocks && await HasEndedAsync(cancellationToken);
        } while (!hasEnded);
        // A message that was in hand has started a chain by now.
        return await listening.FinishAsync() || await HasEndedAsync(cancellationToken);
    }

    private async Task<bool> HasEndedAsync(CancellationToken cancellationToken)
    {
        var waiting = 0L;
        await context.UsePortAsync(
            async port => waiting = await port.Inbox.CountAsync(cancellationToken),
            cancellationToken
        );
        return waiting == 0 && await context.Feed.IsEmptyAsync(cancellationToken);
    }

    private async Task AcceptAsync(InboxMessage message, RequestReading reading, CancellationToken cancellationToken)
    {
        if (reading.Request is { Method: PipelineRequest.DefaultMethod, Param: { } param })
        {
            if (isDebugging)
                context.Command.WriteNote($"Message {message.Name} starts a chain with {param}.");
            await SubmitAsync(ChainLink.First(message.Name, param), cancellationToken);
            return;
        }
        var reason =
            reading.Fault
            ?? "The pipeline only accepts a parameter, such as 100. A request for a method needs the method server.";
        context.Command.WriteNote($"Message {message.Name} is rejected: {reason}");
        await context.Port.Inbox.RejectAsync(message, reason, cancellationToken);
    }

    private async Task ContinueAsync(JobReply job, StepOutcome outcome, CancellationToken cancellationToken)
    {
        // Another program may have submitted jobs to the queue.
        if (ChainTags.Read(job.Tags, Run.Id) is not { } link)
            return;
        var turn = ChainRule.Decide(link, outcome);
        if (turn.Next is { } next)
            await SubmitAsync(next, cancellationToken);
        if (turn.HasFailed)
            _failed = await context.CountFailureAsync(job.Id, cancellationToken);
        Print(link, turn, job);
    }

    private Task SubmitAsync(ChainLink link, CancellationToken cancellationToken)
    {
        var request = link.Step switch
        {
            ChainStep.Simulate => Run.Options.Simulate(link.Param),
            ChainStep.UpdateCache => JobRequest.Create(PipelineApp.UpdateCache, new { link.Param, link.Value }),
            _ => JobRequest.Create(PipelineApp.Evaluate, new { link.Param, link.Value }),
        };
        return context.SubmitAsync(
            request,
            ChainTags.Write(link, Run.Id),
            link.KeyIn(Run.Id),
            cancellationToken
        );
    }

    private void Print(ChainLink link, ChainTurn turn, JobReply job)
    {
        if (context.Command.Json)
            context.Command.Terminal.WriteLine(
                Format.Json(
                    new StepLine(link.Chain, link.Step.ToName(), link.Param, turn.Text, turn.HasFailed, job.Id),
                    StepJson.Default.StepLine
                )
            );
        else
            context.Command.Terminal.WriteRow(
                link.Chain,
                link.Step.ToName(),
                Format.Number(link.Param),
                turn.Text,
                $"job {job.Id}"
            );
    }
}
