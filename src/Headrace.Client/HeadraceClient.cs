using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;

namespace Headrace.Client;

/// <summary>
/// Submits jobs to a Headrace server, waits for them and reads their results. Instances are thread-safe and can be
/// shared.
/// </summary>
/// <remarks>
/// Every call throws a <see cref="HeadraceProblemException"/> when the server rejects it, and a
/// <see cref="ServerUnreachableException"/> when the server does not reply within
/// <see cref="HeadraceClientOptions.RetryTimeout"/>.
/// </remarks>
/// <example><code>
/// using var headrace = new HeadraceClient();
/// var job = JobRequest.Create("sha512", new { iterations = 1000 }) with { Body = data };
/// var digest = await headrace.RunAsync(job, cancellationToken);
/// </code></example>
public sealed partial class HeadraceClient : IDisposable
{
    // The maximum wait that the server allows for one call.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    private const int JobsPerPage = 200;

    private readonly HeadraceClientOptions _options;
    private readonly HttpTransport _http;
    private readonly RetryingTransport _transport;
    private readonly MethodSchemas _schemas;
    private readonly string _keys = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private long _lastKey;

    /// <summary>Creates a client. Does not contact the server yet.</summary>
    /// <param name="options">The server and the retry limits; null for the defaults.</param>
    /// <exception cref="ArgumentException">The address or the key is not valid.</exception>
    /// <exception cref="Headrace.Core.HeadraceException">
    /// No server is specified, and no server of this user is running on this machine.
    /// </exception>
    public HeadraceClient(HeadraceClientOptions? options = null)
    {
        _options = options ?? new HeadraceClientOptions();
        _http = new HttpTransport(
            ServerDiscovery.Find(_options.Server, _options.Key, DiscoverySources.OfThisProcess()),
            _options.TimeProvider
        );
        _transport = new RetryingTransport(_http, _options);
        _schemas = new MethodSchemas(_transport);
    }

    /// <summary>Creates a client for the given server. Does not contact the server yet.</summary>
    /// <param name="server">The server address, as in <see cref="HeadraceClientOptions.Server"/>.</param>
    /// <param name="key">
    /// The bearer key; null to determine it as described in <see cref="HeadraceClientOptions.Key"/>.
    /// </param>
    public HeadraceClient(string server, string? key = null)
        : this(new HeadraceClientOptions { Server = server, Key = key }) { }

    /// <summary>
    /// Gets the address of the server, in the form that <see cref="HeadraceClientOptions.Server"/> accepts.
    /// </summary>
    public string Server => _http.Endpoint.ToString();

    /// <summary>
    /// Gets the number of submissions that were retried because the outcome of the first call was unknown (a lost
    /// connection or a 503). A retry never creates a second job, because it uses the same idempotency key.
    /// </summary>
    public long RetriedSubmissions => _transport.RetriedSubmissions;

    /// <summary>Gets the client that manages users and keys. Its calls require the admin role.</summary>
    public AccountsClient Accounts => new(_transport);

    /// <summary>Gets the client that controls queues and deletes ended jobs.</summary>
    public QueuesClient Queues => new(_transport);

    /// <summary>Gets the client that watches the events of the server.</summary>
    public EventsClient Events => new(_transport);

    /// <summary>Gets the client that creates and consumes feeds.</summary>
    public FeedsClient Feeds => new(_transport);

    /// <summary>Gets the client that manages webhooks.</summary>
    public WebhooksClient Webhooks => new(_transport);

    /// <summary>Gets the client that consumes messages.</summary>
    public MessagesClient Messages => new(_transport);

    /// <summary>Gets the client that manages bridges to message brokers.</summary>
    public BridgesClient Bridges => new(_transport);

    /// <summary>Gets the client that changes many jobs at once.</summary>
    public SweepsClient Sweeps => new(_transport);

    /// <summary>Submits one job. When the call returns, the job is on the server's disk.</summary>
    /// <param name="job">The job to submit.</param>
    /// <param name="cancellationToken">Cancels the call. The server may have accepted the job by then.</param>
    /// <returns>The id and the state of the job.</returns>
    public async Task<SubmittedReply> SubmitAsync(JobRequest job, CancellationToken cancellationToken = default)
    {
        job = WithKey(job);
        Func<HttpRequestMessage> make;
        if (SubmitHttpRequest.FitsRaw(job))
        {
            make = () => SubmitHttpRequest.Raw(job);
        }
        else
        {
            var request = SubmitHttpRequest.Of(job, await _schemas.ReadParamsAsync(job, cancellationToken));
            make = () => SubmitHttpRequest.Json(request);
        }
        return await ClientTelemetry.SendAsync(
            job,
            () =>
                _transport.SendAsync(
                    make,
                    (response, body) => _transport.Read(response, body, HeadraceJson.Default.SubmittedReply),
                    submits: true,
                    cancellationToken
                )
        );
    }

    /// <summary>
    /// Submits many jobs in batches. Returns the reply for each job as soon as the job is on the server's disk or has
    /// been rejected.
    /// </summary>
    /// <remarks>
    /// The source is read one batch at a time, so memory use stays bounded. If the retry timeout expires, the
    /// enumeration throws an exception; the jobs already reported as accepted are on disk.
    /// </remarks>
    /// <param name="jobs">The jobs to submit.</param>
    /// <param name="cancellationToken">
    /// Cancels the enumeration. The server may have accepted further jobs by then.
    /// </param>
    /// <returns>One reply for each job. The order can differ from the order of the jobs.</returns>
    public IAsyncEnumerable<SubmitManyResult> SubmitManyAsync(
        IAsyncEnumerable<JobRequest> jobs,
        CancellationToken cancellationToken = default
    ) => new BatchSubmitter(_transport, _schemas).SubmitAsync(jobs.Select(WithKey), cancellationToken);

    /// <summary>Submits many jobs in batches, like the overload that takes an asynchronous sequence.</summary>
    /// <param name="jobs">The jobs to submit.</param>
    /// <param name="cancellationToken">
    /// Cancels the enumeration. The server may have accepted further jobs by then.
    /// </param>
    /// <returns>One reply for each job. The order can differ from the order of the jobs.</returns>
    public IAsyncEnumerable<SubmitManyResult> SubmitManyAsync(
        IEnumerable<JobRequest> jobs,
        CancellationToken cancellationToken = default
    ) => SubmitManyAsync(jobs.ToAsyncEnumerable(), cancellationToken);

    /// <summary>Gets the current state of a job.</summary>
    public Task<JobReply> GetJobAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(PathOf(id), HeadraceJson.Default.JobReply, cancellationToken);

    /// <summary>Waits until a job succeeds, fails or is cancelled. The wait continues across server restarts.</summary>
    /// <param name="id">The id of the job.</param>
    /// <param name="timeout">The maximum time to wait; null to wait without a timeout.</param>
    /// <param name="cancellationToken">Cancels the wait, not the job.</param>
    /// <returns>The job in its final state.</returns>
    /// <exception cref="TimeoutException">The job did not end within <paramref name="timeout"/>.</exception>
    public async Task<JobReply> WaitAsync(
        string id,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default
    )
    {
        var began = _options.TimeProvider.GetTimestamp();
        while (true)
        {
            var left = timeout - _options.TimeProvider.GetElapsedTime(began);
            // The wait is rounded up to whole seconds, so that a timeout below one second still waits.
            var seconds = Math.Ceiling(Math.Clamp((left ?? MaxWait).TotalSeconds, 0, MaxWait.TotalSeconds));
            var job = await _transport.GetAsync(
                QueryText.Of(PathOf(id), ("wait", seconds.ToString(CultureInfo.InvariantCulture))),
                HeadraceJson.Default.JobReply,
                cancellationToken
            );
            if (job.HasEnded())
                return job;
            if (_options.TimeProvider.GetElapsedTime(began) >= timeout)
                throw new TimeoutException(
                    (
                        $"Job {id} did not end within {DurationText.ToText(timeout.Value)}. Its state is {job.State}. "
                        + job.Why
                    ).TrimEnd()
                );
        }
    }

    /// <summary>
    /// Gets the result of a job that has ended. The server rejects the call with <c>no-result</c> when the job failed,
    /// and with <c>not-found</c> when the job does not exist.
    /// </summary>
    /// <param name="id">The id of the job.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The bytes of the result and their content type.</returns>
    /// <exception cref="InvalidOperationException">The job has not ended.</exception>
    public Task<JobResult> GetResultAsync(string id, CancellationToken cancellationToken = default) =>
        GetBytesAsync(PathOf(id) + "/result", cancellationToken);

    /// <summary>Submits a job, waits until it ends and reads its result.</summary>
    /// <param name="job">The job to submit.</param>
    /// <param name="cancellationToken">Cancels the wait, not the job.</param>
    /// <returns>The bytes of the result and their content type.</returns>
    /// <exception cref="JobNotSucceededException">The job failed or was cancelled.</exception>
    public async Task<JobResult> RunAsync(JobRequest job, CancellationToken cancellationToken = default)
    {
        var submitted = await SubmitAsync(job, cancellationToken);
        var ended = await WaitAsync(submitted.Id, timeout: null, cancellationToken);
        return ended.HasSucceeded()
            ? await GetResultAsync(submitted.Id, cancellationToken)
            : throw new JobNotSucceededException(ended);
    }

    /// <summary>Lists jobs, newest first. Fetches further pages as the enumeration advances.</summary>
    /// <param name="filter">The filter, such as <c>state:failed queue:eu method:sha512</c>; null for all jobs.</param>
    /// <param name="cancellationToken">Cancels the enumeration.</param>
    /// <returns>The jobs that match the filter.</returns>
    public async IAsyncEnumerable<JobReply> ListJobsAsync(
        string? filter = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        string? after = null;
        do
        {
            var page = await ListJobsPageAsync(filter, after, JobsPerPage, cancellationToken);
            foreach (var job in page.Jobs)
                yield return job;
            after = page.Next;
        } while (after is not null);
    }

    /// <summary>Gets one page of jobs, with exact counts for every queue, method and state.</summary>
    /// <param name="filter">The filter, such as <c>state:failed queue:eu</c>; null for all jobs.</param>
    /// <param name="after">The <c>Next</c> cursor of the previous page; null for the first page.</param>
    /// <param name="limit">The maximum number of jobs; null for the server's default.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The page and the cursor of the next one.</returns>
    public Task<JobPage> ListJobsPageAsync(
        string? filter = null,
        string? after = null,
        int? limit = null,
        CancellationToken cancellationToken = default
    ) =>
        _transport.GetAsync(
            QueryText.Of("v1/jobs", ("q", filter), ("after", after), ("limit", QueryText.Of(limit))),
            HeadraceJson.Default.JobPage,
            cancellationToken
        );

    /// <summary>Gets the jobs that ended most recently. The call does not remove them.</summary>
    /// <param name="queue">The queue; null for all queues.</param>
    /// <param name="top">The maximum number of jobs; null for the server's default.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The jobs that ended most recently.</returns>
    public Task<IReadOnlyList<JobReply>> ListLatestResultsAsync(
        string? queue = null,
        int? top = null,
        CancellationToken cancellationToken = default
    ) =>
        _transport.GetAsync(
            QueryText.Of("v1/results", ("queue", queue), ("top", QueryText.Of(top))),
            HeadraceJson.Default.IReadOnlyListJobReply,
            cancellationToken
        );

    /// <summary>Explains the state of a job in one sentence: what it is waiting for, or how it ended.</summary>
    public Task<WhyReply> ExplainAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(PathOf(id) + "/why", HeadraceJson.Default.WhyReply, cancellationToken);

    /// <summary>Gets the attempts of a job, oldest first.</summary>
    /// <param name="id">The id of the job.</param>
    /// <param name="logLines">
    /// The number of lines from the end of each attempt's log, 0 to 1,000; null for the server's default.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How each attempt ended, its worker, times and error, and the last lines of its log.</returns>
    public Task<IReadOnlyList<AttemptReply>> ListAttemptsAsync(
        string id,
        int? logLines = null,
        CancellationToken cancellationToken = default
    ) =>
        _transport.GetAsync(
            QueryText.Of(PathOf(id) + "/attempts", ("log", QueryText.Of(logLines))),
            HeadraceJson.Default.IReadOnlyListAttemptReply,
            cancellationToken
        );

    /// <summary>Gets the log of a job.</summary>
    /// <param name="id">The id of the job.</param>
    /// <param name="attempt">The number of the attempt; null for all attempts.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The last 64 KB of each attempt's log.</returns>
    public async Task<string> GetLogAsync(string id, int? attempt = null, CancellationToken cancellationToken = default)
    {
        var path = QueryText.Of(PathOf(id) + "/log", ("attempt", QueryText.Of(attempt)));
        return (await GetBytesAsync(path, cancellationToken)).Text;
    }

    /// <summary>Cancels a job. The server rejects the call with <c>ended-already</c> when the job has ended.</summary>
    /// <param name="id">The id of the job.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Whether the job was cancelled, or its running attempt was asked to stop.</returns>
    public Task<CancelResult> CancelAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Delete, PathOf(id)),
            (response, _) =>
                response.StatusCode == HttpStatusCode.Accepted ? CancelResult.Requested : CancelResult.Cancelled,
            submits: false,
            cancellationToken
        );

    /// <summary>Lists all queues with their limits and contents.</summary>
    public Task<IReadOnlyList<QueueReply>> ListQueuesAsync(CancellationToken cancellationToken = default) =>
        _transport.GetPagesAsync("v1/queues", HeadraceJson.Default.IReadOnlyListQueueReply, cancellationToken);

    /// <summary>Gets one queue.</summary>
    public Task<QueueReply> GetQueueAsync(string name, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(
            $"v1/queues/{Uri.EscapeDataString(name)}",
            HeadraceJson.Default.QueueReply,
            cancellationToken
        );

    /// <summary>Lists all methods that workers have offered.</summary>
    public Task<IReadOnlyList<MethodReply>> ListMethodsAsync(CancellationToken cancellationToken = default) =>
        _transport.GetPagesAsync("v1/methods", HeadraceJson.Default.IReadOnlyListMethodReply, cancellationToken);

    /// <summary>Gets one method with the JSON Schema of its parameters.</summary>
    /// <param name="method">
    /// The name of the method, optionally with a version: <c>sha512</c> or <c>sha512@1</c>.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The method.</returns>
    public Task<MethodReply> GetMethodAsync(string method, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(
            $"v1/methods/{Uri.EscapeDataString(method)}",
            HeadraceJson.Default.MethodReply,
            cancellationToken
        );

    /// <summary>Lists all connected workers with the leases that they hold.</summary>
    public Task<IReadOnlyList<WorkerReply>> ListWorkersAsync(CancellationToken cancellationToken = default) =>
        _transport.GetPagesAsync("v1/workers", HeadraceJson.Default.IReadOnlyListWorkerReply, cancellationToken);

    /// <summary>Lists all worker pools.</summary>
    public Task<IReadOnlyList<PoolReply>> ListPoolsAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("v1/pools", HeadraceJson.Default.IReadOnlyListPoolReply, cancellationToken);

    /// <summary>Gets the latest scaling decisions of a pool, newest first.</summary>
    /// <param name="pool">The name of the pool.</param>
    /// <param name="top">The maximum number of decisions; null for the server's default.</param>
    /// <param name="changesOnly">True to return only decisions that started or drained a worker.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The decisions with their reasons.</returns>
    public Task<IReadOnlyList<PoolDecisionReply>> GetPoolDecisionsAsync(
        string pool,
        int? top = null,
        bool changesOnly = false,
        CancellationToken cancellationToken = default
    ) =>
        _transport.GetAsync(
            QueryText.Of(
                $"v1/pools/{Uri.EscapeDataString(pool)}/why",
                ("top", QueryText.Of(top)),
                ("changes", changesOnly ? "true" : null)
            ),
            HeadraceJson.Default.IReadOnlyListPoolDecisionReply,
            cancellationToken
        );

    /// <summary>Gets the latest lines that a local worker wrote to standard output and standard error.</summary>
    /// <remarks>
    /// To follow a worker, call this method again with <see cref="WorkerLogReply.Next"/>. The server keeps the lines of
    /// a worker for a while after the worker exits.
    /// </remarks>
    /// <param name="worker">The name of the worker.</param>
    /// <param name="after">Returns only lines after this number; null for the last lines.</param>
    /// <param name="wait">
    /// How long the server waits if there are no lines, rounded up to seconds, at most 30 s.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The lines, oldest first.</returns>
    public Task<WorkerLogReply> GetWorkerLogAsync(
        string worker,
        long? after = null,
        TimeSpan wait = default,
        CancellationToken cancellationToken = default
    ) =>
        _transport.GetAsync(
            QueryText.Of(
                $"v1/workers/{Uri.EscapeDataString(worker)}/log",
                ("after", after?.ToString(CultureInfo.InvariantCulture)),
                (
                    "wait",
                    wait > TimeSpan.Zero
                        ? Math.Ceiling(Math.Min(wait.TotalSeconds, MaxWait.TotalSeconds))
                            .ToString(CultureInfo.InvariantCulture)
                        : null
                )
            ),
            HeadraceJson.Default.WorkerLogReply,
            cancellationToken
        );

    /// <summary>Closes the connections to the server.</summary>
    public void Dispose() => _http.Dispose();

    private Task<JobResult> GetBytesAsync(string path, CancellationToken cancellationToken) =>
        _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, path),
            (response, body) =>
                response.StatusCode == HttpStatusCode.Accepted
                    ? throw new InvalidOperationException("The job has not ended yet. Try again after it has ended.")
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
    /// Validates the job request. If the caller set no idempotency key, adds one, which consists of the 128 random bits
    /// of this client and a counter.
    /// </summary>
    private JobRequest WithKey(JobRequest job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.Params is not null && job.Arguments.Count > 0)
            throw new ArgumentException(
                "Set the parameters either as JSON (Params) or as text (Arguments), not both.",
                nameof(job)
            );
        return job.IdempotencyKey is null ? job with { IdempotencyKey = NextKey() } : job;
    }

    private string NextKey() => $"{_keys}-{Interlocked.Increment(ref _lastKey)}";
}
