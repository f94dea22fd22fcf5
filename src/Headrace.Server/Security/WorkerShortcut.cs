using Headrace.Server.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Security;

/// <summary>
/// Runs the exchange of a caller with a worker key without evaluating its policy, for the same reason as
/// <see cref="AdminShortcut"/>. On every other route, the policy rejects the key.
/// </summary>
internal sealed class WorkerShortcut(RequestDelegate next, BearerKeys keys)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (
            context.GetEndpoint() is not { RequestDelegate: { } exchange } endpoint
            || endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy != nameof(AccessLevel.Worker)
            || keys.WorkerOf(context.Request.Headers.Authorization.ToString()) is not { } worker
        )
            return next(context);
        context.User = worker;
        return exchange(context);
    }
}
