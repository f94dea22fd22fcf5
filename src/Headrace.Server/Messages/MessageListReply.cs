using System.Text;
using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Messages;

/// <summary>
/// The messages that a pull delivers, with their bodies. A message with a damaged body fails instead of being
/// delivered. If no memory is available for a body, all messages of the pull are released.
/// </summary>
internal sealed class MessageListReply(
    QueueName queue,
    TimeSpan lease,
    IReadOnlyList<JobRow> messages,
    JobPayloads payloads,
    IShardRouter shards
) : IResult
{
    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var output = new JsonStream(httpContext.Response, httpContext.RequestAborted);
        // The beginning of the reply: an empty reply whose array and object are not closed yet.
        var head = JsonSerializer.SerializeToUtf8Bytes(
            new MessagesReply(queue.Text, DurationText.ToText(lease), []),
            HeadraceJson.Default.MessagesReply
        );
        output.Write(head.AsSpan()[..^2]);
        var isFirst = true;
        foreach (var row in messages)
        {
            HeldPayload? held = null;
            if (
                row.Spec.PayloadBytes > 0
                && !(await ReadAsync(row, httpContext.RequestAborted)).TryGet(out held, out var problem)
            )
            {
                await ReleaseAsync();
                await problem.EndAsync(httpContext);
                return;
            }
            using (held)
            {
                if (held?.Row is { IsDamaged: true })
                {
                    await shards.Of(queue).SendAsync(new Command.InputDamaged([LeaseOf(row)]), CancellationToken.None);
                    continue;
                }
                if (!isFirst)
                    output.Write(","u8);
                isFirst = false;
                output.Write(View(row, held?.Bytes ?? default), HeadraceJson.Default.MessageReply);
            }
            await output.PaceAsync();
        }
        output.Write("]}"u8);
        await output.CompleteAsync();
    }

    private Task<Result<HeldPayload>> ReadAsync(JobRow row, CancellationToken cancellationToken) =>
        payloads.ReadAsync(row.Id, PayloadKind.Input, row.Spec.PayloadBytes, cancellationToken);

    private Task<Response> ReleaseAsync() =>
        shards
            .Of(queue)
            .SendAsync(
                new Command.SettleMessages(queue, [.. messages.Select(LeaseOf)], Acknowledges: false),
                CancellationToken.None
            );

    private static LeaseToken LeaseOf(JobRow row) => new(row.Id, row.Status.Attempt);

    private static MessageReply View(JobRow row, ReadOnlyMemory<byte> payload)
    {
        var (spec, parameters) = (row.Spec, InputPayload.Params(row.Spec, payload));
        var body = InputPayload.Body(spec, payload);
        var text = TextOf(body.Span);
        return new MessageReply
        {
            Token = LeaseOf(row).ToString(),
            Id = row.Id.ToString(),
            Delivery = row.Status.Attempt,
            Submitted = spec.Submitted.ToDateTimeOffset(),
            Priority = spec.Priority,
            Tags = spec.Tags.Values.Count > 0 ? spec.Tags.Values : null,
            Params = parameters.Length == 0 ? null : JsonElement.Parse(parameters.Span),
            Body = body.Length == 0 ? null : text,
            BodyBase64 = body.Length == 0 || text is not null ? null : Convert.ToBase64String(body.Span),
            ContentType = spec.ContentType,
        };
    }

    private static string? TextOf(ReadOnlySpan<byte> body)
    {
        try
        {
            return Strict.GetString(body);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
