using System.Text;
using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Json;

namespace Headrace.Worker.Exchange;

/// <summary>Converts children to the messages of the contract, and the replies to ids or exceptions. Pure.</summary>
internal static class ChildMessage
{
    /// <summary>Maximum number of jobs in one submission. The server has the same limit.</summary>
    public const int MaxChildren = 1_000;

    /// <summary>Maximum size of the bodies and params of one submission, below the limit of the message.</summary>
    public const int MaxBytes = (8 << 20) - (256 << 10);

    /// <summary>
    /// Returns the jobs of a submission. Throws <see cref="ArgumentException"/> if they cannot be sent.
    /// </summary>
    public static List<SubmitJob> Jobs(IReadOnlyList<ChildJob> children, string? traceparent)
    {
        if (children.Count is 0 or > MaxChildren)
            throw new ArgumentException(
                $"{children.Count} children were submitted at once; submit 1 to {MaxChildren}.",
                nameof(children)
            );
        foreach (var (i, child) in children.Index())
            // The Protobuf form has no negative number of retries, so the server could not state the value.
            if (child.Retry is { } retry && RetryText.Fault(retry) is { } fault)
                throw new ArgumentException(
                    $"The retry policy of child {i + 1} is not valid: {fault}",
                    nameof(children)
                );
        var jobs = children.Select(child => JobOf(child, traceparent)).ToList();
        var bytes = jobs.Sum(job => (long)job.Params.Length + job.Body.Length);
        return bytes <= MaxBytes
            ? jobs
            : throw new ArgumentException(
                $"The bodies and params of these children are {bytes} bytes; the limit is {MaxBytes} bytes. Submit "
                    + "fewer of them at once.",
                nameof(children)
            );
    }

    /// <summary>
    /// Returns the ids in a reply. Throws <see cref="SubmissionRejectedException"/> if there are none.
    /// </summary>
    public static IReadOnlyList<JobId> Children(SubmitReply reply)
    {
        if (reply.Results.Find(result => result.Problem is not null)?.Problem is { } problem)
            throw new SubmissionRejectedException(
                problem.Type[(problem.Type.LastIndexOf('/') + 1)..],
                problem.Detail,
                problem.RetryAfter?.ToTimeSpan()
            );
        return [.. reply.Results.Select(result => new JobId((long)result.Id.GetValueOrDefault()))];
    }

    private static SubmitJob JobOf(ChildJob child, string? traceparent) =>
        new()
        {
            Method = child.Method,
            Queue = child.Queue ?? "",
            Params = child.Params is { ValueKind: not JsonValueKind.Null } given
                ? Encoding.UTF8.GetBytes(given.GetRawText())
                : default,
            Body = child.Body ?? default,
            ContentType = child.ContentType ?? "",
            Priority = child.Priority,
            ScheduledAt = child.ScheduledAt is { } at ? WireTime.Of(Instant.From(at)) : null,
            Deadline = child.Deadline is { } deadline ? WireTime.Of(Instant.From(deadline)) : null,
            TimeLimit = child.TimeLimit is { } limit ? WireTime.Of(limit) : null,
            Retry = child.Retry is { } retry ? WireRetry.Of(retry) : null,
            Tags = child.Tags.Count > 0 ? [.. child.Tags] : null,
            Traceparent = traceparent ?? "",
        };
}
