using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Submits any number of jobs in batches. Jobs without a reply (because the connection was lost) and jobs that were
/// rejected temporarily (because the queue is full) are sent again in the next batch. Jobs with a final reply are never
/// sent again.
/// </summary>
internal sealed class BatchSubmitter(RetryingTransport retryingTransport, MethodSchemas schemas)
{
    // One commit covers a whole batch, so a larger batch would be only slightly faster. The byte limit bounds the
    // memory use of this process (base64 adds a third) and the amount of data that is sent again if the connection is
    // lost.
    private const int JobsPerBatch = 500;
    private const long BytesPerBatch = 4 << 20;

    // The default encoder escapes every '+', which is frequent in base64, so that the JSON can be embedded in HTML.
    // These lines are only sent to a server and need no such escaping.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly record struct Pending(long Index, JobRequest Job);

    public async IAsyncEnumerable<SubmitManyResult> SubmitAsync(
        IAsyncEnumerable<JobRequest> jobs,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var chunk = new List<Pending>();
        var (index, bytes) = (0L, 0L);
        await foreach (var job in jobs.WithCancellation(cancellationToken))
        {
            chunk.Add(new Pending(index++, job));
            bytes += job.Body?.Length ?? 0;
            if (chunk.Count < JobsPerBatch && bytes < BytesPerBatch)
                continue;
            await foreach (var answer in SubmitAllAsync(chunk, cancellationToken))
                yield return answer;
            (chunk, bytes) = ([], 0);
        }
        await foreach (var answer in SubmitAllAsync(chunk, cancellationToken))
            yield return answer;
    }

    private async IAsyncEnumerable<SubmitManyResult> SubmitAllAsync(
        List<Pending> waiting,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var retryBudget = retryingTransport.NewBudget();
        while (waiting.Count > 0)
        {
            var open = new Pending?[waiting.Count];
            for (var i = 0; i < open.Length; i++)
                open[i] = waiting[i];
            var full = new List<(Pending Job, ProblemReply Problem)>();
            using var exchange = new BatchStream(
                retryingTransport.Http,
                await WriteAsync(waiting, cancellationToken),
                waiting.Count
            );
            while (await exchange.NextAsync(cancellationToken) is { } line)
            {
                if (open[line.Line - 1] is not { } job)
                    continue;
                open[line.Line - 1] = null;
                if (line.Problem is { Status: 429 or 503 } now)
                {
                    full.Add((job, now));
                    continue;
                }
                retryBudget.Reset();
                ClientTelemetry.Count(job.Job, line.Problem?.Type);
                yield return new SubmitManyResult(job.Index, job.Job, line.Id, line.State, line.Problem);
            }

            var unanswered = open.OfType<Pending>().ToList();
            var failure = exchange.Failure ?? (full.Count > 0 ? new HeadraceProblemException(full[0].Problem) : null);
            if (failure is null)
                yield break;
            if (!failure.IsTransient || retryBudget.NextDelay(failure) is not { } pause)
            {
                foreach (var (job, problem) in full)
                    yield return new SubmitManyResult(job.Index, job.Job, null, null, problem);
                if (unanswered.Count > 0)
                    throw failure;
                yield break;
            }
            if (exchange.Failure is { } broken && RetryingTransport.MayHaveArrived(broken))
                retryingTransport.CountRetried(unanswered.Count);
            waiting = [.. unanswered.Concat(full.Select(f => f.Job)).OrderBy(p => p.Index)];
            await retryingTransport.PauseAsync(pause, cancellationToken);
        }
    }

    private async Task<ReadOnlyMemory<byte>> WriteAsync(List<Pending> jobs, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(64 << 10);
        await using var json = new Utf8JsonWriter(buffer, Plain);
        foreach (var (_, job) in jobs)
        {
            JsonSerializer.Serialize(
                json,
                SubmitHttpRequest.Of(job, await schemas.ReadParamsAsync(job, cancellationToken)),
                HeadraceJson.Default.SubmitRequest
            );
            await json.FlushAsync(cancellationToken);
            buffer.Write("\n"u8);
            json.Reset();
        }
        return buffer.WrittenMemory;
    }
}
