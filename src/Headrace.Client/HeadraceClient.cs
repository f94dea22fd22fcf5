using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Submits jobs to a Headrace server, waits for them and reads their results. Safe for any number of callers at once. A
/// refusal is a <see cref="HeadraceProblemException"/>, a server that does not
/// answer a <see cref="ServerUnreachableException"/>.
/// </summary>
/// <example><code>
/// using var headrace = HeadraceClient.Connect();
/// var digest = await headrace.RunAsync(Submission.Of("sha512", new { iterations = 1000 }) with { Body = data },
/// cancellationToken);
/// </code></example>
public sealed class HeadraceClient : IDisposable
{
    // The longest wait that the server grants one call.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private const int JobsPerPage = 200;

    private readonly ClientOptions _options;
    private readonly ServerLink _link;
    private readonly Calls _calls;
    private readonly MethodSchemas _schemas;
    private readonly string _keys = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private long _lastKey;

    private HeadraceClient(ClientOptions options)
    {
        _options = options;
        _link = new ServerLink(ServerChoice.Make(options.Server, options.Key), options.Time);
        _calls = new Calls(_link, options);
        _schemas = new MethodSchemas(_calls);
    }

    /// <summary>The server's address, as it would be given.</summary>
    public string Server => _link.Endpoint.ToString();

    /// <summary>
    /// Submissions that were sent again because the first try had no clear answer (the connection broke, or 503). Each
    /// is one job all the same: it carries its idempotency key.
    /// </summary>
    public long Resent => _calls.Resent;

    /// <summary>
    /// A client for the server and key given, or found: see <see cref="ClientOptions"/>. Nothing is sent yet.
    /// </summary>
    public static HeadraceClient Connect(string? server = null, string? key = null) =>
        Connect(new ClientOptions { Server = server, Key = key });

    /// <summary>A client with these options. Nothing is sent yet.</summary>
    public static HeadraceClient Connect(ClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new HeadraceClient(options);
    }

    /// <summary>Submits one job. When this returns, the job is on the server's disk.</summary>
    public async Task<SubmittedReply> SubmitAsync(Submission job, CancellationToken cancellationToken = default)
    {
        job = Named(job);
        Func<HttpRequestMessage> make;
        if (SubmissionRequest.FitsRaw(job))
        {
            make = () => SubmissionRequest.Raw(job);
        }
        else
        {
            var request = SubmissionRequest.Of(job, await _schemas.ReadParamsAsync(job, cancellationToken));
            make = () => SubmissionRequest.Json(request);
        }
        return await _calls.AskAsync(
            make,
            (response, body) => Calls.Read(response, body, HeadraceJson.Default.SubmittedReply),
            submits: true,
            cancellationToken
        );
    }

    /// <summary>
    /// Submits many jobs, in batches; each answer comes as soon as its job is on the server's disk, or refused. The
    /// source is read as batches are filled, so memory stays bounded. When the server is
    /// gone for too long this throws; the jobs answered until then are in.
    /// </summary>
    public IAsyncEnumerable<SubmittedJob> SubmitManyAsync(
        IAsyncEnumerable<Submission> jobs,
        CancellationToken cancellationToken = default
    ) => new BatchSubmitting(_calls, _schemas).SubmitAsync(jobs.Select(Named), cancellationToken);

    /// <summary>The same for jobs that are at hand.</summary>
    public IAsyncEnumerable<SubmittedJob> SubmitManyAsync(
        IEnumerable<Submission> jobs,
        CancellationToken cancellationToken = default
    ) => SubmitManyAsync(jobs.ToAsyncEnumerable(), cancellationToken);

    /// <summary>A job as it is now.</summary>
    public Task<JobReply> JobAsync(string id, CancellationToken cancellationToken = default) =>
        _calls.GetAsync(PathOf(id), HeadraceJson.Default.JobReply, cancellationToken);

    /// <summary>
    /// Waits until the job has ended, well or badly, also across a restart of the server. A
    /// <see cref="TimeoutException"/> says that it has not ended within <paramref name="limit"/>.
    /// </summary>
    public async Task<JobReply> WaitAsync(
        string id,
        TimeSpan? limit = null,
        CancellationToken cancellationToken = default
    )
    {
        var began = _options.Time.GetTimestamp();
        while (true)
        {
            var left = limit - _options.Time.GetElapsedTime(began);
            // Whole seconds, rounded up, so that a limit under a second still waits.
            var seconds = Math.Ceiling(Math.Clamp((left ?? LongestWait).TotalSeconds, 0, LongestWait.TotalSeconds));
            var job = await _calls.GetAsync(
                QueryText.Of(PathOf(id), ("wait", seconds.ToString(CultureInfo.InvariantCulture))),
                HeadraceJson.Default.JobReply,
                cancellationToken
            );
            if (job.HasEnded())
                return job;
            if (_options.Time.GetElapsedTime(began) >= limit)
                throw new TimeoutException(
                    (
                        $"Job {id} has not ended within {DurationText.Write(limit.Value)}; it is {job.State}. "
                        + job.Why
                    ).TrimEnd()
                );
        }
    }

    /// <summary>
    /// The result of an ended job. A job without one is refused: <c>no-result</c> when it failed, <c>not-found</c> when
    /// nobody knows it.
    /// </summary>
    public Task<JobResult> ResultAsync(string id, CancellationToken cancellationToken = default) =>
        BytesAsync(PathOf(id) + "/result", cancellationToken);

    /// <summary>
    /// Submits, waits, and reads the result. A job that ends without one is a <see cref="JobFailedException"/>.
    /// </summary>
    public async Task<JobResult> RunAsync(Submission job, CancellationToken cancellationToken = default)
    {
        var submitted = await SubmitAsync(job, cancellationToken);
        var ended = await WaitAsync(submitted.Id, limit: null, cancellationToken);
        return ended.HasSucceeded()
            ? await ResultAsync(submitted.Id, cancellationToken)
            : throw new JobFailedException(ended);
    }

    /// <summary>
    /// Jobs, newest first, page after page. <paramref name="filter"/> is as <c>state:failed queue:eu method:sha512</c>.
    /// </summary>
    public async IAsyncEnumerable<JobReply> JobsAsync(
        string? filter = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        string? after = null;
        do
        {
            var page = await JobsPageAsync(filter, after, JobsPerPage, cancellationToken);
            foreach (var job in page.Jobs)
                yield return job;
            after = page.Next;
        } while (after is not null);
    }

    /// <summary>
    /// One page of jobs with the exact counts of every queue, method and state; <paramref name="after"/> is the
    /// <c>Next</c> of the page before.
    /// </summary>
    public Task<JobPage> JobsPageAsync(
        string? filter = null,
        string? after = null,
        int? limit = null,
        CancellationToken cancellationToken = default
    ) =>
        _calls.GetAsync(
            QueryText.Of("v1/jobs", ("q", filter), ("after", after), ("limit", QueryText.Of(limit))),
            HeadraceJson.Default.JobPage,
            cancellationToken
        );

    /// <summary>The latest ended jobs; nothing is removed.</summary>
    public Task<IReadOnlyList<JobReply>> LatestResultsAsync(
        string? queue = null,
        int? top = null,
        CancellationToken cancellationToken = default
    ) =>
        _calls.GetAsync(
            QueryText.Of("v1/results", ("queue", queue), ("top", QueryText.Of(top))),
            HeadraceJson.Default.IReadOnlyListJobReply,
            cancellationToken
        );

    /// <summary>Why a job is where it is, in a sentence: what it waits for, or how it ended.</summary>
    public Task<WhyReply> WhyAsync(string id, CancellationToken cancellationToken = default) =>
        _calls.GetAsync(PathOf(id) + "/why", HeadraceJson.Default.WhyReply, cancellationToken);

    /// <summary>The attempts that did not simply succeed, first to last.</summary>
    public Task<IReadOnlyList<AttemptReply>> AttemptsAsync(string id, CancellationToken cancellationToken = default) =>
        _calls.GetAsync(PathOf(id) + "/attempts", HeadraceJson.Default.IReadOnlyListAttemptReply, cancellationToken);

    /// <summary>What the attempts logged, or one of them: the last 64 KB of each.</summary>
    public Task<JobResult> LogAsync(string id, int? attempt = null, CancellationToken cancellationToken = default) =>
        BytesAsync(QueryText.Of(PathOf(id) + "/log", ("attempt", QueryText.Of(attempt))), cancellationToken);

    /// <summary>Cancels a job. One that has ended is refused: <c>ended-already</c>.</summary>
    public Task<CancelReply> CancelAsync(string id, CancellationToken cancellationToken = default) =>
        _calls.AskAsync(
            () => new HttpRequestMessage(HttpMethod.Delete, PathOf(id)),
            (response, _) =>
                response.StatusCode == HttpStatusCode.Accepted ? CancelReply.Requested : CancelReply.Cancelled,
            submits: false,
            cancellationToken
        );

    /// <summary>Every queue with its bounds and what it holds.</summary>
    public Task<IReadOnlyList<QueueReply>> QueuesAsync(CancellationToken cancellationToken = default) =>
        _calls.GetAsync("v1/queues", HeadraceJson.Default.IReadOnlyListQueueReply, cancellationToken);

    /// <summary>One queue.</summary>
    public Task<QueueReply> QueueAsync(string name, CancellationToken cancellationToken = default) =>
        _calls.GetAsync($"v1/queues/{Uri.EscapeDataString(name)}", HeadraceJson.Default.QueueReply, cancellationToken);

    /// <summary>Every method that workers have offered.</summary>
    public Task<IReadOnlyList<MethodReply>> MethodsAsync(CancellationToken cancellationToken = default) =>
        _calls.GetAsync("v1/methods", HeadraceJson.Default.IReadOnlyListMethodReply, cancellationToken);

    /// <summary>One method, as <c>sha512</c> or <c>sha512@1</c>, with the JSON Schema of its parameters.</summary>
    public Task<MethodReply> MethodAsync(string method, CancellationToken cancellationToken = default) =>
        _calls.GetAsync(
            $"v1/methods/{Uri.EscapeDataString(method)}",
            HeadraceJson.Default.MethodReply,
            cancellationToken
        );

    /// <summary>Every current worker and what it holds.</summary>
    public Task<IReadOnlyList<WorkerReply>> WorkersAsync(CancellationToken cancellationToken = default) =>
        _calls.GetAsync("v1/workers", HeadraceJson.Default.IReadOnlyListWorkerReply, cancellationToken);

    /// <summary>Every pool of workers.</summary>
    public Task<IReadOnlyList<PoolReply>> PoolsAsync(CancellationToken cancellationToken = default) =>
        _calls.GetAsync("v1/pools", HeadraceJson.Default.IReadOnlyListPoolReply, cancellationToken);

    /// <summary>
    /// The latest decisions about a pool, newest first; all of them, or those that started or drained a worker.
    /// </summary>
    public Task<IReadOnlyList<PoolDecisionReply>> PoolWhyAsync(
        string pool,
        int? top = null,
        bool changesOnly = false,
        CancellationToken cancellationToken = default
    ) =>
        _calls.GetAsync(
            QueryText.Of(
                $"v1/pools/{Uri.EscapeDataString(pool)}/why",
                ("top", QueryText.Of(top)),
                ("changes", changesOnly ? "true" : null)
            ),
            HeadraceJson.Default.IReadOnlyListPoolDecisionReply,
            cancellationToken
        );

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _link.Dispose();

    private Task<JobResult> BytesAsync(string path, CancellationToken cancellationToken) =>
        _calls.AskAsync(
            () => new HttpRequestMessage(HttpMethod.Get, path),
            (response, body) =>
                response.StatusCode == HttpStatusCode.Accepted
                    ? throw new InvalidOperationException("The job has not ended. Wait for it first.")
                    : new JobResult(
                        body,
                        response.Content.Headers.ContentType?.ToString() ?? "application/octet-stream"
                    ),
            submits: false,
            cancellationToken
        );

    private static string PathOf(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return $"v1/jobs/{Uri.EscapeDataString(id)}";
    }

    /// <summary>
    /// Checked, and with a key of our own where the caller gave none: 128 random bits of this client and a counter.
    /// </summary>
    private Submission Named(Submission job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.Params is not null && job.Arguments.Count > 0)
            throw new ArgumentException("A submission has parameters as JSON or as text, not both.", nameof(job));
        return job.IdempotencyKey is null
            ? job with
            {
                IdempotencyKey = $"{_keys}-{Interlocked.Increment(ref _lastKey)}",
            }
            : job;
    }
}
