using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <content>The calls that show why jobs failed, and the calls that run jobs again.</content>
public sealed partial class HeadraceClient
{
    /// <summary>Groups failed jobs by the type and the first line of their errors. Reads all matching jobs.</summary>
    /// <param name="filter">The filter, such as <c>queue:eu age:&lt;1d</c>; null for all failed jobs.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The groups, the largest first.</returns>
    public async Task<IReadOnlyList<FailureGroupReply>> ListFailuresAsync(
        string? filter = null,
        CancellationToken cancellationToken = default
    )
    {
        var groups = new Dictionary<(string, string), FailureGroupReply>();
        string? after = null;
        do
        {
            var page = await _transport.GetAsync(
                QueryText.Of("v1/failures", ("q", filter), ("after", after)),
                HeadraceJson.Default.FailurePage,
                cancellationToken
            );
            // The pages are in order, so the newest job in a group is in the first page that contains the group.
            foreach (var group in page.Groups)
                groups[(group.Type, group.Message)] = groups.TryGetValue((group.Type, group.Message), out var known)
                    ? known with
                    {
                        Count = known.Count + group.Count,
                    }
                    : group;
            after = page.Next;
        } while (after is not null);
        return [.. groups.Values.OrderByDescending(group => group.Count)];
    }

    /// <summary>
    /// Returns a failed or cancelled job to an unfinished state. The job keeps its id, its key and its attempt numbers.
    /// The server rejects the call with <c>not-retryable</c> if the job has not ended or has succeeded.
    /// </summary>
    /// <param name="id">The id of the job.</param>
    /// <param name="cancellationToken">Cancels the call. The server may have retried the job by then.</param>
    /// <returns>The job in its new state.</returns>
    public async Task<JobReply> RetryAsync(string id, CancellationToken cancellationToken = default)
    {
        // The request states when the job ended. If the reply is lost, the request can therefore be repeated without
        // retrying the job twice.
        var job = await GetJobAsync(id, cancellationToken);
        var path = QueryText.Of(PathOf(id) + ":retry", ("ended", QueryText.Of(job.Ended)));
        return await _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, path),
            (response, body) => _transport.Read(response, body, HeadraceJson.Default.JobReply),
            submits: false,
            cancellationToken
        );
    }

    /// <summary>
    /// Submits a new job that repeats an ended job with changes. The ended job is not changed; the new job refers to it
    /// in <see cref="JobReply.RetryOf"/>.
    /// </summary>
    /// <param name="id">The id of the ended job.</param>
    /// <param name="changes">
    /// A JSON object with the members of the submission that change, such as <c>{"timeLimit":"5m"}</c>; null removes a
    /// member. The member <c>idempotencyKey</c> is set by the client if it is missing.
    /// </param>
    /// <param name="cancellationToken">Cancels the call. The server may have accepted the job by then.</param>
    /// <returns>The id and the state of the new job.</returns>
    public Task<SubmittedReply> RetryEditedAsync(
        string id,
        JsonElement changes,
        CancellationToken cancellationToken = default
    )
    {
        if (changes.ValueKind != JsonValueKind.Object || JsonObject.Create(changes) is not { } edits)
            throw new ArgumentException("The changes are not a JSON object.", nameof(changes));
        if (!edits.ContainsKey("idempotencyKey"))
            edits["idempotencyKey"] = NextKey();
        var json = edits.ToJsonString();
        return _transport.SendAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Post, PathOf(id) + ":retry")
                {
                    Content = new StringContent(json, Encoding.UTF8, "application/json"),
                },
            (response, body) => _transport.Read(response, body, HeadraceJson.Default.SubmittedReply),
            submits: true,
            cancellationToken
        );
    }
}
