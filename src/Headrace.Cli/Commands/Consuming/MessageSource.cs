using System.Text;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands.Consuming;

/// <summary>The messages in a queue.</summary>
internal sealed class MessageSource(CommandContext context, HeadraceClient client, string queue) : IDeliverySource
{
    public async Task<IReadOnlyList<Delivery>> PullAsync(
        int top,
        TimeSpan wait,
        TimeSpan? lease,
        CancellationToken cancellationToken
    ) => [.. (await client.Messages.PullAsync(queue, top, wait, lease, cancellationToken)).Messages.Select(Of)];

    public Task AcknowledgeAsync(string token, CancellationToken cancellationToken) =>
        client.Messages.AcknowledgeAsync(queue, [token], cancellationToken);

    public Task ReleaseAsync(IReadOnlyList<string> tokens, CancellationToken cancellationToken) =>
        client.Messages.ReleaseAsync(queue, tokens, cancellationToken);

    private Delivery Of(MessageReply message) =>
        new(message.Token, $"message {message.Id}")
        {
            Environment = new Dictionary<string, string>
            {
                ["HEADRACE_JOB"] = message.Id,
                ["HEADRACE_QUEUE"] = queue,
                ["HEADRACE_ATTEMPT"] = Format.Number(message.Delivery),
            },
            ReadContentAsync = _ => Task.FromResult<ReadOnlyMemory<byte>>(BodyOf(message)),
            PrintAsync = _ =>
            {
                if (context.Json)
                    context.Terminal.WriteLine(Format.Json(message, HeadraceJson.Default.MessageReply));
                else
                    context.Terminal.WriteRow(message.Id, TextOf(message));
                return Task.CompletedTask;
            },
        };

    private static byte[] BodyOf(MessageReply message) =>
        message.Body is { } text ? Encoding.UTF8.GetBytes(text)
        : message.BodyBase64 is { } base64 ? Convert.FromBase64String(base64)
        : [];

    private static string TextOf(MessageReply message) =>
        message.Body
        ?? (
            message.BodyBase64 is null ? message.Params?.GetRawText() ?? "-" : $"{Format.Size(BodyOf(message).Length)}"
        );
}
