using Headrace.Apps.Pipeline.Messages;
using Headrace.Commands;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>
/// Takes messages until a stop message arrives. Each message is settled when the work that it asks for is on the
/// server's disk. While Redis does not respond, the listener waits.
/// </summary>
/// <param name="context">Where faults are reported.</param>
/// <param name="port">The queue of the messages.</param>
/// <param name="acceptAsync">Starts what a message asks for. It may be called again for the same message.</param>
internal sealed class Listener(
    CommandContext context,
    IMessagePort port,
    Func<InboxMessage, RequestReading, CancellationToken, Task> acceptAsync
)
{
    /// <summary>Messages behind a stop message stay in the queue, so they are taken one at a time.</summary>
    private const int MaxTaken = 1;

    /// <summary>Returns true when a stop message has arrived, and false when the token was cancelled.</summary>
    /// <param name="cancellationToken">Ends the wait for messages. Messages in hand are still processed.</param>
    /// <param name="abandon">Abandons the messages in hand as well.</param>
    public async Task<bool> RunAsync(CancellationToken cancellationToken, CancellationToken abandon)
    {
        var retry = new RedisRetry(context);
        var (recovers, isStopped) = (true, false);
        while (true)
            try
            {
                var messages =
                    recovers || isStopped
                        ? await port.Inbox.RecoverAsync(cancellationToken)
                        : await port.Inbox.TakeAsync(MaxTaken, cancellationToken);
                // Messages that are held belong to the run, which ends, so the next one would not find them.
                if (isStopped && messages.Count == 0)
                    return true;
                recovers = false;
                isStopped |= await ProcessAsync(messages, abandon);
                retry.Reset();
            }
            catch (OperationCanceledException)
                when (cancellationToken.IsCancellationRequested && !abandon.IsCancellationRequested)
            {
                return false;
            }
            catch (RedisUnavailableException failure)
            {
                // A reply that was lost may have taken messages, which are recovered now.
                recovers = true;
                await retry.WaitAsync(failure, abandon);
            }
    }

    /// <summary>Processes messages in their order. Returns true after a stop message.</summary>
    private async Task<bool> ProcessAsync(IReadOnlyList<InboxMessage> messages, CancellationToken abandon)
    {
        foreach (var message in messages)
        {
            var reading = RequestReader.Read(message.Content, port.Form);
            if (!reading.IsStop)
                await AcceptAsync(message, reading, abandon);
            await port.Inbox.SettleAsync([message], abandon);
            if (reading.IsStop)
                return true;
        }
        return false;
    }

    private async Task AcceptAsync(InboxMessage message, RequestReading reading, CancellationToken abandon)
    {
        try
        {
            await acceptAsync(message, reading, abandon);
        }
        catch (Exception failure) when (reading.Fault is null && SingleFault.Is(failure))
        {
            // Otherwise, one message would end the program, at every start again.
            await acceptAsync(message, new RequestReading { Fault = failure.Message }, abandon);
        }
    }
}
