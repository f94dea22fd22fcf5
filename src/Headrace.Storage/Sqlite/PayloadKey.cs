using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// The row id of a payload: twice the job id, plus 1 for a result. A job id has 63 bits, so the key is unique within 64
/// bits, but it is negative for the upper half of the shards.
/// </summary>
internal static class PayloadKey
{
    public static long Of(JobId job, PayloadKind kind) =>
        unchecked(job.Value << 1) | (kind == PayloadKind.Result ? 1L : 0L);
}
