using System.Text;
using System.Text.Json;
using Headrace.Client;
using Headrace.Protocol.Json;

namespace Headrace.Apps.Pipeline.Messages;

/// <summary>Queues of messages on the Headrace server.</summary>
/// <param name="client">The server.</param>
/// <param name="from">The queue that the program takes messages from.</param>
/// <param name="to">The queue that the program puts messages into.</param>
internal sealed class HeadracePort(HeadraceClient client, string from, string to) : IMessagePort, IInbox, IOutbox
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a message stays with a program that was killed. Processing one is a submission; if that takes longer,
    /// the message still counts as processed, because the program is its only consumer.
    /// </summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    public IInbox Inbox => this;

    public IOutbox Outbox => this;

    public MessageForm Form => MessageForm.Headrace;

    /// <summary>Returns nothing: the server delivers these messages again when their leases end.</summary>
    public Task<IReadOnlyList<InboxMessage>> RecoverAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<InboxMessage>>([]);

    public async Task<IReadOnlyList<InboxMessage>> TakeAsync(int max, CancellationToken cancellationToken)
    {
        while (true)
        {
            var pulled = await client.Messages.PullAsync(from, max, MaxWait, Lease, cancellationToken);
            if (pulled.Messages.Count > 0)
                return
                [
                    .. pulled.Messages.Select(message => new InboxMessage(
                        message.Token,
                        $"m{message.Id}",
                        ContentOf(message)
                    )),
                ];
        }
    }

    public Task SettleAsync(IReadOnlyList<InboxMessage> messages, CancellationToken cancellationToken) =>
        client.Messages.AcknowledgeAsync(from, messages.Select(message => message.Token), cancellationToken);

    /// <summary>Acknowledges the message, which stays readable by its id.</summary>
    public Task RejectAsync(InboxMessage message, string reason, CancellationToken cancellationToken) =>
        SettleAsync([message], cancellationToken);

    public Task<long> CountAsync(CancellationToken cancellationToken) =>
        QueueCounts.UnfinishedAsync(client, from, cancellationToken);

    public async Task PutAsync(string key, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        try
        {
            await client.SubmitAsync(RequestFor(to, json) with { IdempotencyKey = key }, cancellationToken);
        }
        catch (HeadraceProblemException repeated) when (repeated.Name == "key-reused")
        {
            // An interrupted program has put the message with another text, for example before a result was deleted.
        }
    }

    public async Task WithdrawAsync(string key, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        // Returns the message that was put before.
        var put = await client.SubmitAsync(RequestFor(to, json) with { IdempotencyKey = key }, cancellationToken);
        try
        {
            await client.CancelAsync(put.Id, cancellationToken);
        }
        catch (HeadraceProblemException taken) when (taken.Status is 404 or 409)
        {
            // The message has been taken.
        }
    }

    /// <summary>Does nothing: a key is part of its message, and is deleted with it.</summary>
    public Task ForgetAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Returns the submission of a message.</summary>
    public static JobRequest RequestFor(string queue, ReadOnlyMemory<byte> json) =>
        new(MessagesClient.Method)
        {
            Queue = queue,
            Body = json,
            ContentType = "application/json",
        };

    /// <summary>Returns the body, or the params of a message that was submitted with params.</summary>
    public static byte[] ContentOf(MessageReply message) =>
        message.Body is { Length: > 0 } text ? Encoding.UTF8.GetBytes(text)
        : message.BodyBase64 is { } base64 ? Convert.FromBase64String(base64)
        : message.Params is { ValueKind: JsonValueKind.Object } values ? Encoding.UTF8.GetBytes(values.GetRawText())
        : [];
}
