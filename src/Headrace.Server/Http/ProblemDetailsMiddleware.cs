using Headrace.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Http;

/// <summary>
/// The outermost middleware. It converts every failure to a problem reply, including the empty error replies from
/// routing and from the web server (unknown path, wrong method). This is one of three places that catch all exceptions.
/// </summary>
internal sealed partial class ProblemDetailsMiddleware(RequestDelegate next, ILogger<ProblemDetailsMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        // Browsers must not interpret a reply as another content type. The problem replies below set the header again,
        // because the response is cleared first.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            await next(context);
            if (HasNoBody(context.Response))
                await ProblemFor(context).ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has disconnected and cannot receive a reply.
        }
        catch (IOException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client disconnected during a read or a write.
        }
        catch (MailboxClosedException closed)
        {
            await WriteAsync(context, Problem.Of(closed));
        }
        catch (DamagedPayloadException damaged)
        {
            PayloadDamaged(logger, damaged.Message);
            await WriteAsync(context, new Problem(ProblemKinds.Damaged, damaged.Message));
        }
        catch (Exception malformed) when (IsMalformedBody(malformed))
        {
            BodyMalformed(logger, context.Request.Method, QuotedText.Clip(context.Request.Path), malformed.Message);
            await WriteAsync(context, Problem.BadRequest($"The body is not valid: {malformed.Message}"));
        }
        catch (BadHttpRequestException bad)
        {
            if (bad.StatusCode == StatusCodes.Status400BadRequest)
                BodyMalformed(logger, context.Request.Method, QuotedText.Clip(context.Request.Path), bad.Message);
            await WriteAsync(context, new Problem(ProblemKinds.Of(bad.StatusCode), bad.Message));
        }
#pragma warning disable CA1031 // The HTTP error handler must turn every exception into a reply.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            RequestFailed(
                logger,
                new LoggedFault(fault),
                context.Request.Method,
                QuotedText.Clip(context.Request.Path)
            );
            await WriteAsync(
                context,
                Problem.Internal("The server failed to process this request. See the server's log for details.")
            );
        }
    }

    /// <summary>
    /// Returns whether the exception means that the client sent a malformed body. The web server usually throws a
    /// <see cref="BadHttpRequestException"/> for a malformed body, but not in the two cases checked here: a chunk size
    /// that overflows an integer, and a trailer that contains a byte that is not permitted in headers.
    /// </summary>
    private static bool IsMalformedBody(Exception fault) =>
        fault is IOException { InnerException: OverflowException }
        || (
            fault is InvalidOperationException
            && fault.StackTrace?.Contains("GetRequestHeaderString", StringComparison.Ordinal) == true
        );

    private static async Task WriteAsync(HttpContext context, Problem problem)
    {
        if (context.Response.HasStarted)
        {
            // Part of the reply has been sent. Aborting the connection tells the client that the reply is incomplete.
            context.Abort();
            return;
        }
        context.Response.Clear();
        await problem.ExecuteAsync(context);
    }

    /// <summary>
    /// Returns whether the reply is an error without a body. The reply to a rejected range has no body either, but it
    /// has the content type of the requested content.
    /// </summary>
    private static bool HasNoBody(HttpResponse response) =>
        !response.HasStarted
        && response.StatusCode >= 400
        && (response.ContentLength is null or 0)
        && (
            string.IsNullOrEmpty(response.ContentType)
            || response.StatusCode == StatusCodes.Status416RangeNotSatisfiable
        );

    private static Problem ProblemFor(HttpContext context)
    {
        var request = context.Request;
        var kind = ProblemKinds.Of(context.Response.StatusCode);
        if (
            (kind == ProblemKinds.NotFound || kind == ProblemKinds.MethodNotAllowed)
            && UnsupportedRoutes.Contains(request.Method, request.Path.Value ?? "")
        )
        {
            context.Response.Headers.Allow = default;
            return Problem.NotFound(
                $"{request.Method} {request.Path} is not supported in this version. GET /openapi.json lists "
                    + "every route."
            );
        }
        if (kind == ProblemKinds.NotFound)
            return new Problem(kind, $"There is no route '{request.Path}'. GET /openapi.json lists every route.");
        if (kind == ProblemKinds.MethodNotAllowed)
        {
            if (context.Response.Headers.Allow.Contains(HttpMethods.Get))
                context.Response.Headers.Allow = $"{context.Response.Headers.Allow}, {HttpMethods.Head}";
            return new Problem(
                kind,
                $"'{request.Path}' does not support {request.Method}. It supports {context.Response.Headers.Allow}."
            );
        }
        if (kind == ProblemKinds.BadRange)
            return new Problem(kind, $"The range '{request.Headers.Range}' is outside the content.");
        return new Problem(kind, kind.Explanation);
    }
}
