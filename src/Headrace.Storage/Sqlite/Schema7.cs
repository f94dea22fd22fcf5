using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Version 7: adds the indexes that the deletion of ended jobs needs (decision 38): the idempotency keys by job, and
/// the failed and cancelled jobs by queue and completion number. The second index contains no succeeded jobs, so it
/// adds no cost for them. Creating the indexes takes about 1 s for a million completed jobs with keys.
/// </summary>
internal static class Schema7
{
    /// <summary>
    /// The condition of the partial index. A query uses the index only if it states the same condition.
    /// </summary>
    public static readonly string IsUnsuccessful = $"state != {(int)JobState.Succeeded}";

    public static readonly string Tables = $"""
        CREATE INDEX idempotency_key_job ON idempotency_key (job);
        CREATE INDEX unsuccessful_of_queue ON completed_job (queue, completion_number) WHERE {IsUnsuccessful};
        """;
}
