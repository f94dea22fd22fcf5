using Headrace.Core;

namespace Headrace.Server.Http;

/// <summary>
/// Every kind of problem, defined once for the problem replies, the pages under <c>/problems</c> and the OpenAPI
/// document.
/// </summary>
internal static class ProblemKinds
{
    public static readonly ProblemKind BadRequest = new("bad-request", 400, "The request is not valid")
    {
        Explanation =
            "The path, the query, a header or the body contains a value that this route does not accept, or uses "
            + "a feature that this version does not support.",
        Remedy =
            "The detail states the invalid value and what the route expects instead. Correct the request; sending "
            + "it again unchanged does not help.",
    };

    public static readonly ProblemKind Unauthorized = new("unauthorized", 401, "Authentication failed")
    {
        Explanation = "The request has no key, or its key is not valid on this server.",
        Remedy =
            "Send the header 'Authorization: Bearer KEY', with a key that an administrator has created for you or the "
            + "token from a login. The command line sends the key in HEADRACE_KEY or the token from 'headrace login'; "
            + "on the server's machine, it finds the admin key, which is in the file admin.key in the data folder.",
    };

    public static readonly ProblemKind Forbidden = new("forbidden", 403, "The key lacks the required permission")
    {
        Explanation = "The key is valid, but it does not have the permission that this route requires.",
        Remedy = "Use a key that has the required permission.",
    };

    public static readonly ProblemKind ForeignOrigin = new(
        "foreign-origin",
        403,
        "A page from another host sent this request"
    )
    {
        Explanation =
            "The request was sent by a web page from another host. The server rejects such requests, even on routes "
            + "that do not require a key.",
        Remedy = "Open the page from this server, or send the request from a program, without the Origin header.",
    };

    public static readonly ProblemKind MisdirectedRequest = new(
        "misdirected-request",
        421,
        "The Host does not name this server"
    )
    {
        Explanation =
            "The Host header names neither this machine nor one of the configured host names. A web page can make a "
            + "browser send such a request by changing the IP address of its own host name.",
        Remedy =
            "Use localhost, 127.0.0.1 or [::1] as the host, or add the host name to the host_names setting. A "
            + "proxy in front of the server can set the header instead.",
    };

    public static readonly ProblemKind NotFound = new("not-found", 404, "Not found")
    {
        Explanation =
            "No job, queue, worker, feed or route has this name or id. An acknowledged job can be found until it is "
            + "deleted, either on request or when its retention expires.",
        Remedy = "Check the name in the detail. GET /openapi.json lists every route, and GET /v1/jobs lists the jobs.",
    };

    public static readonly ProblemKind UnknownMethod = new(
        "unknown-method",
        404,
        "No worker has ever offered this method"
    )
    {
        Explanation =
            "No worker has ever offered this method, or the requested version of it. The server accepts a job for "
            + "any method that a worker has offered at least once, even if no worker offers it now.",
        Remedy = "The detail lists the known methods. Correct the name, or start a worker that offers the method.",
    };

    public static readonly ProblemKind MethodNotAllowed = new(
        "method-not-allowed",
        405,
        "The route does not support this HTTP method"
    )
    {
        Explanation = "The path is correct, but the route does not support the HTTP method.",
        Remedy = "The Allow header lists the supported methods.",
    };

    public static readonly ProblemKind EndedAlready = new("ended-already", 409, "The job has already ended")
    {
        Explanation =
            "The operation is possible only before the job has ended. The final state of a job does not change until "
            + "the job is retried.",
        Remedy = "Read the job to see how it ended.",
    };

    public static readonly ProblemKind NotEnded = new("not-ended", 409, "The job has not ended yet")
    {
        Explanation = "The operation is possible only after the job has ended.",
        Remedy = "Wait until the job has ended, or cancel it first.",
    };

    public static readonly ProblemKind QueueDraining = new("queue-draining", 409, "The queue accepts no further jobs")
    {
        Explanation =
            "An operator is draining the queue. The jobs already in it still run, but no new jobs are accepted.",
        Remedy =
            "Submit to another queue, or let the queue accept jobs again: headrace queues resume NAME. Until then, "
            + "retrying does not help.",
    };

    public static readonly ProblemKind NotRetryable = new("not-retryable", 409, "The job cannot be retried")
    {
        Explanation =
            "Only a failed or cancelled job can be retried. The job is still unfinished, has succeeded, or has a "
            + "deadline that has passed.",
        Remedy =
            "The detail states the reason. A job that has ended can be submitted again with changes: send them as "
            + "the body of the same request.",
    };

    public static readonly ProblemKind LeaseLost = new("lease-lost", 409, "The attempt no longer runs on this worker")
    {
        Explanation =
            "A running attempt can submit jobs, its children. The attempt that this message names has ended, runs on "
            + "another worker, or was asked to stop because its job was cancelled. No job was submitted.",
        Remedy =
            "Stop the attempt. If its job runs again, the next attempt submits its own children.",
    };

    public static readonly ProblemKind TooManyChildren = new(
        "too-many-children",
        429,
        "Too many children wait for the attempts of one worker"
    )
    {
        Explanation =
            "The jobs that running attempts submit wait until these attempts succeed. The server releases or removes "
            + "them in one step, so it limits them for each worker: to 1,000 jobs, and to 64 MB of bodies and params. "
            + "No job was submitted.",
        Remedy =
            "Submit fewer jobs in one attempt: let them submit further jobs themselves, or send long data by "
            + "reference. With more workers, more children can wait.",
    };

    public static readonly ProblemKind TooManySweeps = new("too-many-sweeps", 429, "Too many bulk changes are running")
    {
        Explanation = "A sweep changes many jobs. The server limits how many sweeps run at the same time.",
        Remedy = "Wait until a sweep is done, or stop one. GET /v1/sweeps lists the sweeps.",
    };

    public static readonly ProblemKind TooManyReaders = new("too-many-readers", 429, "Too many clients watch events")
    {
        Explanation = "The server limits how many clients watch its events at the same time.",
        Remedy =
            "Wait until other clients have disconnected. A client that watches several queues needs only one stream.",
    };

    public static readonly ProblemKind VersionConflict = new(
        "version-conflict",
        409,
        "The document has changed in the meantime"
    )
    {
        Explanation =
            "Each document in the registry (an account, a key, a setting) has a version. The request is not based on "
            + "the current version, or would create a document that already exists. Nothing was changed.",
        Remedy = "Read the document again, then repeat the change.",
    };

    public static readonly ProblemKind NoResult = new("no-result", 409, "The job ended without a result")
    {
        Explanation = "The job failed or was cancelled, so it will never have a result.",
        Remedy =
            "GET /v1/jobs/ID shows the reason and the error. GET /v1/jobs/ID/attempts shows the outcome of "
            + "each attempt.",
    };

    public static readonly ProblemKind TooLarge = new("too-large", 413, "The body is too large")
    {
        Explanation =
            "The body and the result of a job are limited to 1 MB each; a batch line and a JSON request are "
            + "limited to 2 MB.",
        Remedy = "Send less data, or store the data where the workers can read it and send a reference to it.",
    };

    public static readonly ProblemKind UnsupportedType = new(
        "unsupported-type",
        415,
        "The content type is not supported"
    )
    {
        Explanation = "This route does not support the Content-Type or Content-Encoding of the request.",
        Remedy =
            "The detail lists the supported types. POST /v1/jobs?method=NAME accepts a body of any type and "
            + "passes it to the method unchanged.",
    };

    public static readonly ProblemKind BadRange = new("bad-range", 416, "The range is outside the content")
    {
        Explanation = "The Range header requests bytes beyond the end of the content.",
        Remedy = "The Content-Range header gives the size of the content in bytes.",
    };

    public static readonly ProblemKind ExpectationFailed = new(
        "expectation-failed",
        417,
        "The server cannot meet the expectation"
    )
    {
        Explanation =
            "The request's Expect header contains a value that this server does not support. The request was not "
            + "processed.",
        Remedy = "Leave out the Expect header, or set it to 100-continue.",
    };

    public static readonly ProblemKind InvalidParams = new(
        "invalid-params",
        422,
        "The params do not match the schema of the method"
    )
    {
        Explanation =
            "Each method version has a JSON Schema for its params, and these params do not match it. No job "
            + "was submitted.",
        Remedy = "The 'errors' member lists each error with its path. GET /v1/methods/NAME shows the schema.",
    };

    public static readonly ProblemKind KeyReused = new("key-reused", 422, "The idempotency key is already in use")
    {
        Explanation =
            "An idempotency key identifies one job per submitter and queue, or one change to many jobs per submitter. "
            + "This key was already used with different content.",
        Remedy = "Use a new key for new content. To find what the key identifies, send the same content again.",
    };

    public static readonly ProblemKind Unstorable = new("unstorable", 422, "The store rejected this job")
    {
        Explanation =
            "The store accepted the other jobs in the batch but rejected this job, even when it was written alone. "
            + "This is a bug in Headrace. The job was not accepted.",
        Remedy = "Report the problem and include the server's log. Submitting the same job again does not help.",
    };

    public static readonly ProblemKind QueueFull = new("queue-full", 429, "The queue is full")
    {
        Explanation =
            "A queue holds a limited number of jobs and bytes, and each job counts until it ends. The server "
            + "never drops an acknowledged job; it rejects new jobs instead.",
        Remedy =
            "Try again after the time in Retry-After, which the server estimates from the rate at which jobs "
            + "end, or raise the queue's limits.",
    };

    public static readonly ProblemKind ServerFull = new("server-full", 429, "The server holds no further jobs")
    {
        Explanation =
            "The server keeps every unfinished job in memory, with its headers and its params of up to 2 KB, and "
            + "limits their total number and size across all queues. It never drops an acknowledged job; it rejects "
            + "new jobs instead.",
        Remedy =
            "Try again after the time in Retry-After, which the server estimates from the rate at which jobs end. Send "
            + "long data as the body, which is not kept in memory, or raise the limit that the detail names.",
    };

    public static readonly ProblemKind QuotaExceeded = new("quota-exceeded", 429, "The user's quota is used up")
    {
        Explanation =
            "The user has reached the limit on unfinished jobs or on the bytes in their bodies and params. The job "
            + "was not accepted.",
        Remedy =
            "Wait until some of the user's jobs have ended, or ask an admin to raise the quota: headrace users set.",
    };

    public static readonly ProblemKind TooManyAttempts = new("too-many-attempts", 429, "Too many login attempts")
    {
        Explanation =
            "Several logins with this user name, or from this address, have failed, or many are waiting. Further "
            + "attempts are delayed to prevent password guessing.",
        Remedy = "Check the user name and the password, and try again after the time in Retry-After.",
    };

    public static readonly ProblemKind NameInUse = new("name-in-use", 409, "The name is already in use")
    {
        Explanation = "A user, a key or a feed with this name already exists.",
        Remedy = "Choose another name, or change the existing user, key or feed.",
    };

    public static readonly ProblemKind LimitReached = new("limit-reached", 409, "There are as many as permitted")
    {
        Explanation =
            "The server keeps only a limited number of feeds, webhooks and bridges, and of secrets of a webhook that "
            + "have been replaced and are still in use. The detail states the limit.",
        Remedy = "Use an existing one, or remove one that is no longer needed.",
    };

    public static readonly ProblemKind LastAdmin = new("last-admin", 409, "The last admin cannot be removed")
    {
        Explanation =
            "This user is the only one with the admin role on all queues, so nobody could manage users after the "
            + "change.",
        Remedy = "Give the admin role to another user first, then repeat the change.",
    };

    public static readonly ProblemKind Internal = new("internal", 500, "Internal server error")
    {
        Explanation = "The server failed to process the request. See the server's log for details.",
        Remedy =
            "A request that only reads data can be sent again. After a submission, check GET /v1/jobs first: the "
            + "job may have been accepted.",
    };

    public static readonly ProblemKind Damaged = new("damaged", 500, "The data in the store is damaged")
    {
        Explanation =
            "The server stores every body and result with its SHA-256 digest. The bytes read from disk do not match "
            + "the digest, so the server does not return them.",
        Remedy =
            "Submit the job again, and check the disk. docs/operations.md in the Headrace repository explains "
            + "what to do with a damaged store.",
    };

    public static readonly ProblemKind Unavailable = new(
        "unavailable",
        503,
        "The server cannot accept this request at the moment"
    )
    {
        Explanation =
            "The server is starting, stopping or waiting for its store, or buffered request bodies have reached its "
            + "memory limit.",
        Remedy = "Try again after the time in Retry-After.",
    };

    public static readonly ProblemKind RegistryFull = new("registry-full", 507, "The registry is full")
    {
        Explanation =
            "The server keeps the documents of the registry (accounts, keys, settings) in memory. It limits them to "
            + "100,000 documents and 64 MB in total. Nothing was changed.",
        Remedy = "Delete documents that are no longer needed, for example expired keys.",
    };

    public static readonly ProblemKind StorageFull = new("storage-full", 503, "The disk is nearly full")
    {
        Explanation =
            "The store does not have enough disk space to accept new jobs safely. Running jobs continue, and "
            + "their results are stored.",
        Remedy = "Free some space on the disk that contains the data folder. A restart is not necessary.",
    };

    public static readonly IReadOnlyList<ProblemKind> All =
    [
        BadRequest,
        Unauthorized,
        Forbidden,
        ForeignOrigin,
        NotFound,
        UnknownMethod,
        MethodNotAllowed,
        EndedAlready,
        NotEnded,
        QueueDraining,
        NotRetryable,
        VersionConflict,
        NameInUse,
        LimitReached,
        LastAdmin,
        NoResult,
        TooLarge,
        UnsupportedType,
        BadRange,
        ExpectationFailed,
        MisdirectedRequest,
        InvalidParams,
        KeyReused,
        Unstorable,
        QueueFull,
        ServerFull,
        QuotaExceeded,
        LeaseLost,
        TooManyChildren,
        TooManySweeps,
        TooManyReaders,
        TooManyAttempts,
        Internal,
        Damaged,
        Unavailable,
        StorageFull,
        RegistryFull,
    ];

    public static ProblemKind? Find(string name) => All.FirstOrDefault(kind => kind.Name == name);

    /// <summary>
    /// Returns the kind for an error status that was set by routing or the web server without a body.
    /// </summary>
    public static ProblemKind Of(int status) =>
        All.FirstOrDefault(kind => kind.Status == status) ?? (status >= 500 ? Internal : BadRequest);

    public static ProblemKind Of(RejectionKind kind) =>
        kind switch
        {
            RejectionKind.BadRequest => BadRequest,
            RejectionKind.Forbidden => Forbidden,
            RejectionKind.UnknownMethod => UnknownMethod,
            RejectionKind.KeyReused => KeyReused,
            RejectionKind.VersionConflict => VersionConflict,
            RejectionKind.RegistryFull => RegistryFull,
            RejectionKind.Unstorable => Unstorable,
            RejectionKind.QueueFull => QueueFull,
            RejectionKind.QueueDraining => QueueDraining,
            RejectionKind.ServerFull => ServerFull,
            RejectionKind.QuotaExceeded => QuotaExceeded,
            RejectionKind.Unavailable => Unavailable,
            RejectionKind.StorageFull => StorageFull,
            RejectionKind.NotRetryable => NotRetryable,
            RejectionKind.TooManySweeps => TooManySweeps,
            RejectionKind.UnknownFeed => NotFound,
            RejectionKind.NameInUse => NameInUse,
            RejectionKind.LimitReached => LimitReached,
            RejectionKind.LeaseLost => LeaseLost,
            RejectionKind.TooManyChildren => TooManyChildren,
            _ => throw new ArgumentOutOfRangeException(
                nameof(kind),
                kind,
                "No problem kind is defined for this rejection."
            ),
        };
}
