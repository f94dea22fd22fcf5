using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Headrace.Server.Http;

/// <summary>
/// Adds the middleware that applies to every route at the start of the pipeline, before the routing: the problem
/// details outermost, then the check of the host.
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
