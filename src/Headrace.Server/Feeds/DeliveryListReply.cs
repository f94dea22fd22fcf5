using System.Text;
using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Feeds;

/// <summary>
/// The jobs that a pull delivers, with their tokens and results. A job that was deleted or retried after the pull is
/// omitted.
/// </summary>
internal sealed class DeliveryListReply(
    FeedName feed,
    TimeSpan lease,
    Response.Pulled pulled,
    IJobStore jobStore,
    JobPayloads payloads
) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var output = new JsonStream(httpContext.Response, httpContext.RequestAborted);
        // The beginning of the reply: an empty reply whose array and object are not closed yet.
        var head = JsonSerializer.SerializeToUtf8Bytes(
            new DeliveriesReply(feed.Text, pulled.Expired, DurationText.ToText(lease), []),
            HeadraceJson.Default.DeliveriesReply
        );
        output.Write(head.AsSpan()[..^2]);
        var jobs = new EndedJobsWriter(output, payloads) { Opening = Opening };
        foreach (var part in pulled.Completions.Chunk(PartSize))
            if (
                await jobs.WriteAsync(await DeliveredJobs.ReadAsync(jobStore, part, httpContext.RequestAborted)) is
                { } problem
            )
            {
                await problem.EndAsync(httpContext);
                return;
            }
        output.Write("]}"u8);
        await output.CompleteAsync();
    }

    /// <summary>Number of jobs read at a time. It limits the memory of a reply, even for a slow client.</summary>
    private const int PartSize = 256;

    private ReadOnlyMemory<byte> Opening(DoneRow row)
    {
        var token = DeliveryTokens.Text(feed, new DeliveryToken(row.CompletionNumber, pulled.Epoch));
        // A token consists of characters that JSON does not escape.
        return Encoding.ASCII.GetBytes($"{{\"token\":\"{token}\",\"job\":");
    }
}
