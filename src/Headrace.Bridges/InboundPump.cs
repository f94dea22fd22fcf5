using Headrace.Client;
using Headrace.Protocol.Json;

namespace Headrace.Bridges;

/// <summary>
/// Turns broker messages into jobs: takes a group of messages, submits them, and settles those that the server
/// accepted. The next group is taken only after every message of the current group has been settled or rejected. If the
/// server accepts no jobs, the pump therefore pauses, and messages wait in the broker.
/// </summary>
/// <remarks>
/// A crash can occur at either of two points: (1) a message is taken but not submitted; (2) its job is on the server's
/// disk, but the message is not settled. In both cases, the broker still has the message, and it is taken again with
/// the same token. If the job already exists, the server returns it instead of creating a second one.
/// </remarks>
internal sealed class InboundPump(
    BridgeDefinition bridge,
    IMessageSource source,
    HeadraceClient server,
    BridgeProgress progress,
    TimeProvider time
)
{
    /// <summary>Maximum time before messages that the server could not accept are submitted again.</summary>
    private static readonly TimeSpan MaxHold = TimeSpan.FromSeconds(1);

    private readonly MessageReader _reader = new(bridge);

    /// <summary>
    /// Runs until cancelled. Messages that have been taken but not settled by then stay in the broker.
    /// </summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var messages = await source.RecoverAsync();
        while (!stop.IsCancellationRequested)
        {
            if (messages.Count == 0)
                messages = await source.TakeAsync(bridge.InFlight, stop);
            progress.HasInFlight(messages.Count);
            var (held, problem) = await SubmitAsync(messages, stop);
            progress.HeldBack(problem?.Detail);
            progress.HasInFlight(held.Count);
            if (held.Count > 0)
                await source.KeepAsync(held);
            if (problem is not null)
                await Task.Delay(HoldOf(problem), time, stop);
            messages = held;
        }
    }

    /// <summary>
    /// Submits messages. Returns those to submit again, and the reason why the server did not accept them. If the
    /// submission fails because of the content of one message, each message is submitted alone, and that one becomes a
    /// dead letter. It would otherwise fail every submission of its group.
    /// </summary>
    private async Task<(IReadOnlyList<BrokerMessage> Held, ProblemReply? Problem)> SubmitAsync(
        IReadOnlyList<BrokerMessage> messages,
        CancellationToken stop
    )
    {
        var readable = new List<PendingMessage>(messages.Count);
        foreach (var message in messages)
        {
            var reading = _reader.Read(message);
            if (reading.Fault is { } fault)
                await RejectAsync(message, fault);
            else
                readable.Add(new PendingMessage(message, reading));
        }
        var group = new Group();
        try
        {
            await SubmitAsync(readable, group, stop);
        }
        catch (Exception failure) when (SubmissionRule.IsCausedByMessage(failure))
        {
            foreach (var pending in readable.Where(each => !each.HasReply))
                await SubmitAloneAsync(pending, group, stop);
        }
        return (group.Held, group.Problem);
    }

    private async Task SubmitAloneAsync(PendingMessage pending, Group group, CancellationToken stop)
    {
        try
        {
            await SubmitAsync([pending], group, stop);
        }
        catch (Exception failure) when (!pending.HasReply && SubmissionRule.IsCausedByMessage(failure))
        {
            await RejectAsync(pending.Message, $"The message cannot be submitted: {failure.Message}");
        }
    }

    /// <summary>
    /// Submits messages together, and settles those that the server accepted even if the submission of others fails.
    /// </summary>
    private async Task SubmitAsync(IReadOnlyList<PendingMessage> pending, Group group, CancellationToken stop)
    {
        var settled = new List<BrokerMessage>(pending.Count);
        try
        {
            await foreach (var result in server.SubmitManyAsync(pending.Select(each => each.Reading.Job!), stop))
            {
                var answered = pending[(int)result.Index];
                var (message, reading) = answered;
                answered.HasReply = true;
                switch (SubmissionRule.Decide(result.Problem, reading.HasOwnId))
                {
                    case MessageFate.Settle:
                        settled.Add(message);
                        break;
                    case MessageFate.Reject:
                        await RejectAsync(message, result.Problem!.Detail);
                        break;
                    case MessageFate.Rename:
                        group.Held.Add(await source.RenameAsync(message));
                        break;
                    default:
                        group.Held.Add(message);
                        group.Problem ??= result.Problem;
                        break;
                }
            }
        }
        finally
        {
            if (settled.Count > 0)
            {
                await source.SettleAsync(settled);
                progress.Accepted(settled.Count);
            }
        }
    }

    private async Task RejectAsync(BrokerMessage message, string reason)
    {
        await source.RejectAsync(message, reason);
        progress.Rejected(reason);
    }

    /// <summary>A message, the job that it describes, and whether the server has replied to the submission.</summary>
    private sealed record PendingMessage(BrokerMessage Message, MessageReading Reading)
    {
        public bool HasReply { get; set; }
    }

    /// <summary>The messages of a group to submit again, and the reason.</summary>
    private sealed class Group
    {
        public List<BrokerMessage> Held { get; } = [];

        public ProblemReply? Problem { get; set; }
    }

    private static TimeSpan HoldOf(ProblemReply problem) =>
        TimeSpan.FromSeconds(Math.Min(problem.RetryAfter ?? MaxHold.TotalSeconds, MaxHold.TotalSeconds));
}
