using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Headrace.Server.Http;

/// <summary>
/// Adds the middleware that applies to every route. It runs before the routing: first the problem details as the
/// outermost middleware, then the check of the host.
/// </summary>
internal sealed class ProblemDetailsStartupFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        app =>
        {
            app.UseMiddleware<ProblemDetailsMiddleware>();
            app.UseMiddleware<HostCheckMiddleware>();
            app.UseMiddleware<HeadMiddleware>();
            next(app);
        };
}
