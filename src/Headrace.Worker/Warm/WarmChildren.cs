using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Warm;

/// <summary>
/// The children that the jobs of a warm process submit. They are sent on other threads, and the answers wake the thread
/// of the call.
/// </summary>
internal sealed class WarmChildren(Descriptor wake)
{
    private readonly ConcurrentQueue<(IWarmProcess Process, WarmFrame Answer)> _answers = new();

    /// <summary>Submits the children of a request. The answer is taken later.</summary>
    public void Submit(JobExecution job, WarmFrame.Submit request, IWarmProcess process)
    {
        if (TryRead(request.Children, out var children, out var fault))
            _ = SubmitAsync(job, request, children, process);
        else
            Answer(process, new WarmFrame.Refused(request.Id, request.Request, "bad-request", fault));
    }

    /// <summary>Takes the next answer, and the process that waits for it.</summary>
    public bool TryTake(out IWarmProcess process, out WarmFrame answer)
    {
        var found = _answers.TryDequeue(out var next);
        (process, answer) = next;
        return found;
    }

    private async Task SubmitAsync(
        JobExecution job,
        WarmFrame.Submit request,
        IReadOnlyList<ChildJob> children,
        IWarmProcess process
    )
    {
        WarmFrame answer;
        try
        {
            var ids = await job.SubmitAsync(children, CancellationToken.None);
            answer = new WarmFrame.Accepted(request.Id, request.Request, [.. ids.Select(id => (ulong)id.Value)]);
        }
        catch (SubmissionRejectedException rejected)
        {
            answer = new WarmFrame.Refused(request.Id, request.Request, rejected.Kind, rejected.Message);
        }
        // Catches every exception, because the process waits for an answer, whatever has gone wrong.
        catch (Exception failed)
        {
            var kind = failed is OperationCanceledException ? "lease-lost" : "bad-request";
            answer = new WarmFrame.Refused(request.Id, request.Request, kind, TextOf(failed));
        }
        Answer(process, answer);
    }

    /// <summary>
    /// Omits the name of the C# parameter that the runtime appends, because it means nothing to the process.
    /// </summary>
    private static string TextOf(Exception failed) =>
        failed is ArgumentException { ParamName: { } name }
            ? failed.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
            : failed.Message;

    private void Answer(IWarmProcess process, WarmFrame answer)
    {
        _answers.Enqueue((process, answer));
        wake.Set();
    }

    private static bool TryRead(
        IReadOnlyList<WarmChild> descriptions,
        out List<ChildJob> children,
        [NotNullWhen(false)] out string? fault
    )
    {
        (children, fault) = ([], null);
        foreach (var description in descriptions)
        {
            if (Read(description, out var child) is { } wrong)
            {
                fault = string.Create(
                    CultureInfo.InvariantCulture,
                    $"The description of child {children.Count + 1} is not valid. {wrong}"
                );
                return false;
            }
            children.Add(child);
        }
        return true;
    }

    /// <summary>Returns what is wrong with a description; null if it is valid.</summary>
    private static string? Read(WarmChild description, out ChildJob child)
    {
        child = new ChildJob("");
        SubmitRequest? request;
        try
        {
            request = JsonSerializer.Deserialize(description.Description.Span, HeadraceJson.Default.SubmitRequest);
        }
        catch (JsonException malformed)
        {
            return JsonErrorDescription.Describe(malformed);
        }
        if (request is null)
            return "It is null.";
        if (request.Unknown is { Count: > 0 } unknown)
            return $"It has the unknown member '{ClippedText.Of(unknown.Keys.First())}'.";
        if (request.Body is not null || request.BodyBase64 is not null)
            return "The body follows the description and is not part of it.";
        if (request.IdempotencyKey is not null)
            return "A child has no idempotencyKey, because it exists only if the attempt succeeds. Leave it out.";
        var limit = default(TimeSpan);
        if (request.TimeLimit is { } text && !DurationText.TryParse(text, out limit))
            return $"timeLimit is '{ClippedText.Of(text)}', which is not valid. Use {DurationText.Format}.";
        RetryOptions? retry = null;
        if (request.Retry is { } terms)
        {
            if (!RetryText.TryRead(terms, out var options, out var fault))
                return $"retry is not valid: {fault}";
            retry = options;
        }
        if (RetryText.Fault(new RetryOptions { Max = request.Retries }) is { } wrong)
            return $"retries is not valid: {wrong}";
        if (request.Retries is { } retries)
            retry = (retry ?? new RetryOptions()) with { Max = retries };
        child = new ChildJob(request.Method ?? "")
        {
            Params = request.Params,
            Body = description.Body.IsEmpty ? default(ReadOnlyMemory<byte>?) : description.Body,
            ContentType = request.ContentType,
            Queue = request.Queue,
            Priority = request.Priority,
            ScheduledAt = request.ScheduledAt,
            Deadline = request.Deadline,
            TimeLimit = request.TimeLimit is null ? null : limit,
            Retry = retry,
            Tags = request.Tags ?? [],
        };
        return null;
    }
}
