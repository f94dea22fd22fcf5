using System.Globalization;
using Headrace.Core;
using Headrace.Protocol.Json;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// A problem reply, written as <c>application/problem+json</c>. The kind is the type of the problem, and the detail
/// states the invalid value. Routes return it as an <see cref="IResult"/>.
/// </summary>
internal sealed record Problem(ProblemKind Kind, Reason Reason) : IResult
{
    public const string ContentType = "application/problem+json";

    /// <summary>
    /// Maximum length of the detail in characters. The detail quotes values from the request, which can be megabytes
    /// long, and a batch keeps the problems for up to a thousand lines in memory.
    /// </summary>
    private const int MaxDetailLength = 4_096;

    public Reason Reason
    {
        get;
        init => field = Clip(value);
    } = Clip(Reason);

    public string Detail => Reason.Detail;

    /// <summary>The delay before a retry; null if retrying does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The errors of invalid params, each with its path.</summary>
    public IReadOnlyList<FaultReply> Errors { get; init; } = [];

    public static Problem BadRequest(string detail) => new(ProblemKinds.BadRequest, detail);

    public static Problem Internal(string detail) => new(ProblemKinds.Internal, detail);

    public static Problem NotFound(string detail) => new(ProblemKinds.NotFound, detail);

    public static Problem Of(Rejection rejection) =>
        new(ProblemKinds.Of(rejection.Kind), Reason.Of($"{rejection.Reason}{Remedy(rejection.Bound)}"))
        {
            RetryAfter = rejection.RetryAfter,
        };

    public static Problem Of(MailboxClosedException closed) =>
        new(ProblemKinds.Of(closed.Kind), closed.Reason) { RetryAfter = closed.RetryAfter ?? DefaultRetryAfter };

    /// <summary>The default retry delay (contract, defaults).</summary>
    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(5);

    private static string Remedy(JobBound? bound) =>
        bound switch
        {
            JobBound.QueueJobs =>
                " Wait for jobs to end, or raise the queue's limit: headrace queues set --max-jobs.",
            JobBound.QueueBytes =>
                " Wait for jobs to end, or raise the queue's limit: headrace queues set --max-bytes.",
            JobBound.ServerJobs => " Wait for jobs to end, or restart the server with a larger HEADRACE_MEMORY__JOBS.",
            JobBound.ServerBytes =>
                " Wait for jobs to end, or restart the server with a larger HEADRACE_MEMORY__BYTES.",
            _ => "",
        };

    public ProblemReply ToReply() =>
        new()
        {
            Type = Kind.Address,
            Title = Kind.Title,
            Status = Kind.Status,
            Detail = Detail,
            RetryAfter = RetryAfter?.TotalSeconds,
            Errors = Errors.Count > 0 ? Errors : null,
        };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        // The Retry-After header contains whole seconds, rounded up so that no client retries too early.
        if (RetryAfter is { } after)
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(after.TotalSeconds))
                .ToString(CultureInfo.InvariantCulture);
        return new JsonReply<ProblemReply>(
            ToReply() with
            {
                Detail = Reason.For(httpContext),
            },
            HeadraceJson.Default.ProblemReply,
            Kind.Status,
            ContentType
        ).ExecuteAsync(httpContext);
    }

    /// <summary>
    /// Writes the problem. If part of another reply has already been sent, aborts the connection instead, so that the
    /// client can detect that the reply is incomplete.
    /// </summary>
    public async Task EndAsync(HttpContext httpContext)
    {
        if (httpContext.Response.HasStarted)
            httpContext.Abort();
        else
            await ExecuteAsync(httpContext);
    }

    private static Reason Clip(Reason reason) =>
        new(QuotedText.Clip(reason.Detail, MaxDetailLength), QuotedText.Clip(reason.Public, MaxDetailLength));
}
