using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Http;

namespace Headrace.Server.Jobs;

/// <summary>
/// Writes ended jobs and their results to a JSON array, one at a time, as fast as the client reads them. After
/// <see cref="MaxResultBytes"/> of results, the reply contains addresses instead of results.
/// </summary>
/// <param name="output">The reply.</param>
/// <param name="payloads">The results and params in the store.</param>
internal sealed class EndedJobsWriter(JsonStream output, JobPayloads payloads)
{
    /// <summary>
    /// Maximum size in bytes of the results that are read together and stay in memory until they are written.
    /// </summary>
    private const long ChunkBytes = 1 << 20;

    /// <summary>
    /// Maximum size in bytes of the results in one reply. When the limit is reached, the reply contains addresses
    /// instead of further results (R15).
    /// </summary>
    public const long MaxResultBytes = 8 << 20;

    private long _resultBytes;
    private bool _isFirst = true;

    /// <summary>
    /// Writes jobs as elements of the array. Returns a problem if no memory became available for their params.
    /// </summary>
    public async Task<Problem?> WriteAsync(IEnumerable<DoneRow> rows)
    {
        foreach (var chunk in ResultChunks(rows))
        {
            var results = await payloads.SmallAsync(chunk.Where(IsIncluded), output.CancellationToken);
            foreach (var row in chunk)
            {
                if (!_isFirst)
                    output.Write(","u8);
                _isFirst = false;
                if (await TryWriteAsync(row, results.GetValueOrDefault(row.Job.Id)) is { } problem)
                    return problem;
                await output.PaceAsync();
            }
        }
        return null;
    }

    /// <summary>
    /// Gets the function that returns the JSON text before a job, for an array whose elements are objects that contain
    /// a job; null if each element is the job itself.
    /// </summary>
    public Func<DoneRow, ReadOnlyMemory<byte>>? Opening { get; init; }

    /// <summary>Splits the rows into parts whose results have at most <see cref="ChunkBytes"/> in total.</summary>
    private static IEnumerable<List<DoneRow>> ResultChunks(IEnumerable<DoneRow> rows)
    {
        var chunk = new List<DoneRow>();
        var bytes = 0L;
        foreach (var row in rows)
        {
            var size = InlineResult.IsInlineable(row) ? row.ResultBytes : 0;
            if (bytes + size > ChunkBytes)
            {
                yield return chunk;
                (chunk, bytes) = ([], 0);
            }
            chunk.Add(row);
            bytes += size;
        }
        if (chunk.Count > 0)
            yield return chunk;
    }

    private bool IsIncluded(DoneRow row) =>
        InlineResult.IsInlineable(row) && (_resultBytes += row.ResultBytes) <= MaxResultBytes;

    /// <summary>Writes one job, or returns a problem if no memory became available for its params.</summary>
    private async Task<Problem?> TryWriteAsync(DoneRow row, PayloadRow? result)
    {
        var reply = InlineResult.Put(JobView.Of(row), result);
        if (Opening is not null)
            output.Write(Opening(row).Span);
        if (row.Job.Spec.PayloadParamsBytes == 0)
        {
            output.Write(reply, HeadraceJson.Default.JobReply);
        }
        else
        {
            if (!(await payloads.ParamsAsync(row.Job, output.CancellationToken)).TryGet(out var held, out var problem))
                return problem;
            using (held)
                await JobDetail.WriteAsync(output, reply, row.Job.Spec, held);
        }
        if (Opening is not null)
            output.Write("}"u8);
        return null;
    }
}
