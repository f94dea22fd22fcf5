using Headrace.Core;

namespace Headrace.Server.Http;

/// <summary>
/// Every kind of problem, once: the error writer, the pages below <c>/problems</c> and the API's description read it
/// here.
/// </summary>
internal static class ProblemKinds
{
    public static readonly ProblemKind BadRequest = new("bad-request", 400, "The request cannot be read")
    {
        Explanation =
            "Something in the address, a header or the body is not what this route takes, or names a part of the contract that this version does not build.",
        Remedy =
            "The detail names the value and what is expected in its place. Change the request; sending it again as it is does not help.",
    };

    public static readonly ProblemKind Unauthorized = new("unauthorized", 401, "A key is needed")
    {
        Explanation = "The request carries no key, or one that this server does not know.",
        Remedy =
            "Send the header 'Authorization: Bearer KEY'. The admin key lies in the file admin.key of the data folder; the command line finds it by itself, and takes another from HEADRACE_KEY.",
    };

    public static readonly ProblemKind Forbidden = new("forbidden", 403, "This key may not do that")
    {
        Explanation = "The key is known, and it does not give the right that this route needs.",
        Remedy = "Use a key that has the right.",
    };

    public static readonly ProblemKind NotFound = new("not-found", 404, "There is nothing here")
    {
        Explanation =
            "No job, queue, worker or route has this name or number. A job that was acknowledged is always found.",
        Remedy = "Look at the name in the detail. GET /openapi.json lists every route, GET /v1/jobs the jobs.",
    };

    public static readonly ProblemKind UnknownMethod = new(
        "unknown-method",
        404,
        "No worker has ever offered this method"
    )
    {
        Explanation =
            "A job is taken for any method that some worker has offered once, even if none offers it now. Nobody has offered this one, or not in this version.",
        Remedy = "The detail lists the methods that exist. Correct the name, or start a worker that offers it.",
    };

    public static readonly ProblemKind MethodNotAllowed = new(
        "method-not-allowed",
        405,
        "This route does not take this HTTP method"
    )
    {
        Explanation = "The address is right, the HTTP method is not.",
        Remedy = "The header Allow says which ones it takes.",
    };

    public static readonly ProblemKind EndedAlready = new("ended-already", 409, "The job has ended")
    {
        Explanation =
            "What was asked makes sense only for a job that has not ended yet. An end is final: it is recorded once.",
        Remedy = "Read the job to see how it ended.",
    };

    public static readonly ProblemKind NoResult = new("no-result", 409, "The job ended without a result")
    {
        Explanation = "The job failed or was cancelled, so there will never be a result under its number.",
        Remedy = "GET /v1/jobs/ID shows the reason and the error, GET /v1/jobs/ID/attempts what each attempt did.",
    };

    public static readonly ProblemKind TooLarge = new("too-large", 413, "The body is too large")
    {
        Explanation =
            "A job's body and its result may each have up to 1 MB, a line of a batch and a JSON request up to 2 MB.",
        Remedy = "Send less, or put the data where the workers can read it and send its name.",
    };

    public static readonly ProblemKind UnsupportedType = new(
        "unsupported-type",
        415,
        "This content type is not read here"
    )
    {
        Explanation = "The Content-Type or Content-Encoding of the request is not one that this route reads.",
        Remedy =
            "The detail lists the types it reads. A body of any type can be sent to POST /v1/jobs?method=NAME: it is handed to the method as it is.",
    };

    public static readonly ProblemKind BadRange = new("bad-range", 416, "The range lies outside the content")
    {
        Explanation = "The header Range asks for bytes that the content does not have.",
        Remedy = "The header Content-Range says how many bytes there are.",
    };

    public static readonly ProblemKind InvalidParams = new(
        "invalid-params",
        422,
        "The parameters do not fit the method"
    )
    {
        Explanation =
            "Each method version has a JSON Schema for its parameters, and these do not fit it. Nothing was submitted.",
        Remedy = "The member errors names each fault with its path. GET /v1/methods/NAME shows the schema.",
    };

    public static readonly ProblemKind KeyReused = new("key-reused", 422, "The idempotency key belongs to another job")
    {
        Explanation =
            "A key names one job of its submitter in a queue. It was used before with another method, params, body or options.",
        Remedy = "Use a new key for a new job; send the same content to find the job that the key names.",
    };

    public static readonly ProblemKind Unstorable = new("unstorable", 422, "The store refuses this job")
    {
        Explanation =
            "The store took the other jobs of the same moment and not this one, alone or with others. That is a defect of this server; the job was not taken.",
        Remedy = "Report it with the server's log. Sending the same job again does not help.",
    };

    public static readonly ProblemKind QueueFull = new("queue-full", 429, "The queue is full")
    {
        Explanation =
            "A queue holds a bounded number of jobs and bytes, and a job keeps its place until it ends. Nothing that was acknowledged is dropped; what does not fit is refused.",
        Remedy =
            "Try again after the time in Retry-After, which is worked out from how fast jobs end, or raise the queue's bounds.",
    };

    public static readonly ProblemKind Internal = new("internal", 500, "The server made a mistake")
    {
        Explanation = "The server met a fault of its own while it answered. The server's log has the details.",
        Remedy =
            "A request that only reads may be sent again. After a submission look at GET /v1/jobs first: the job may have been taken.",
    };

    public static readonly ProblemKind Damaged = new("damaged", 500, "The bytes in the store are damaged")
    {
        Explanation =
            "Every body and result is stored with its SHA-256. What the disk gave back now does not fit it, so it is not handed out.",
        Remedy =
            "Submit the job again, and check the disk. The page docs/operations.md of the project says how to go on with a damaged store.",
    };

    public static readonly ProblemKind Unavailable = new("unavailable", 503, "The server cannot take this now")
    {
        Explanation =
            "The server is starting, stopping, waiting for its store, or holds as many request bodies as it may.",
        Remedy = "Try again after the time in Retry-After.",
    };

    public static readonly ProblemKind StorageFull = new("storage-full", 503, "The disk is nearly full")
    {
        Explanation =
            "The store has too little room to take new jobs safely. Running jobs go on, and their results are kept.",
        Remedy = "Free some room on the disk of the data folder; the server goes on by itself.",
    };

    public static readonly IReadOnlyList<ProblemKind> All =
    [
        BadRequest,
        Unauthorized,
        Forbidden,
        NotFound,
        UnknownMethod,
        MethodNotAllowed,
        EndedAlready,
        NoResult,
        TooLarge,
        UnsupportedType,
        BadRange,
        InvalidParams,
        KeyReused,
        Unstorable,
        QueueFull,
        Internal,
        Damaged,
        Unavailable,
        StorageFull,
    ];

    public static ProblemKind? Find(string name) => All.FirstOrDefault(kind => kind.Name == name);

    /// <summary>The kind for a bare HTTP status, as routing and the server itself produce them.</summary>
    public static ProblemKind Of(int status) =>
        All.FirstOrDefault(kind => kind.Status == status) ?? (status >= 500 ? Internal : BadRequest);

    public static ProblemKind Of(RejectionKind kind) =>
        kind switch
        {
            RejectionKind.BadRequest => BadRequest,
            RejectionKind.UnknownMethod => UnknownMethod,
            RejectionKind.KeyReused => KeyReused,
            RejectionKind.Unstorable => Unstorable,
            RejectionKind.QueueFull => QueueFull,
            RejectionKind.Unavailable => Unavailable,
            RejectionKind.StorageFull => StorageFull,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No problem stands for this refusal."),
        };
}
