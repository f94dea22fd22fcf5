using Headrace.Core;
using Headrace.Core.Results;
using Headrace.Protocol.Json;
using Headrace.Server.Http;

namespace Headrace.Server.Jobs;

/// <summary>Reads a filter from a request.</summary>
internal static class JobFilterText
{
    /// <summary>Returns the filter, or a problem that states the position of the error.</summary>
    public static Result<JobFilter> Read(string? text, TimeProvider time)
    {
        if (JobFilterParser.TryParse(text, Instant.From(time.GetUtcNow()), out var filter, out var fault))
            return filter;
        return Problem.BadRequest(fault.Message) with
        {
            Errors = [new FaultReply("q", $"is wrong at character {fault.Start + 1}.")],
        };
    }
}
