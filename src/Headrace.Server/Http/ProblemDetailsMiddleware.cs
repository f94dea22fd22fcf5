using Headrace.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Http;

/// <summary>
/// The outermost part of the pipeline: whatever goes wrong inside leaves as a problem, also what routing and the server
/// answer with an empty body
/// (unknown address, wrong method). One of the three places that catch everything.
/// </summary>
internal sealed partial class ProblemDetailsMiddleware(RequestDelegate next, ILogger<ProblemDetailsMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (HasNoBody(context.Response))
                await ProblemFor(context).ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has hung up: nobody reads an answer.
        }
        catch (IOException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The same, noticed while reading or writing.
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
        catch (BadHttpRequestException bad)
        {
            await WriteAsync(context, new Problem(ProblemKinds.Of(bad.StatusCode), bad.Message));
        }
#pragma warning disable CA1031 // The HTTP error handler is one of the places where every exception must become an answer.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            RequestFailed(logger, fault, context.Request.Method, context.Request.Path);
            await WriteAsync(
                context,
                new Problem(
                    ProblemKinds.Internal,
                    "The server failed while it answered this request. Its log has the details."
                )
            );
        }
    }

    private static async Task WriteAsync(HttpContext context, Problem problem)
    {
        if (context.Response.HasStarted)
        {
            // Half an answer is out and cannot be taken back: the connection is cut, so that the caller does not take
            // it for a whole one.
            context.Abort();
            return;
        }
        context.Response.Clear();
        await problem.ExecuteAsync(context);
    }

    /// <summary>An error without a body. A refused range keeps the type of the content that was not sent.</summary>
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
            return Problem.NotFound($"{request.Method} {request.Path} is part of the contract and not built yet.");
        }
        if (kind == ProblemKinds.NotFound)
            return new Problem(kind, $"There is no route '{request.Path}'. GET /openapi.json lists every route.");
        if (kind == ProblemKinds.MethodNotAllowed)
            return new Problem(
                kind,
                $"'{request.Path}' does not take {request.Method}. It takes {context.Response.Headers.Allow}."
            );
        if (kind == ProblemKinds.BadRange)
            return new Problem(kind, $"The range '{request.Headers.Range}' lies outside the content.");
        return new Problem(kind, kind.Explanation);
    }
}
