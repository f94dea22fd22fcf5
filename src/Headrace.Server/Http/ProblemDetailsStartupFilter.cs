using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Headrace.Server.Http;

/// <summary>
/// Adds the middleware that applies to every route and runs before routing: first the problem details, which are the
/// outermost middleware, then the checks of the Host, Origin and Expect headers.
/// </summary>
internal sealed class ProblemDetailsStartupFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        app =>
        {
            app.UseMiddleware<ProblemDetailsMiddleware>();
            app.UseMiddleware<HostCheckMiddleware>();
            app.UseMiddleware<ExpectationMiddleware>();
            app.UseMiddleware<HeadMiddleware>();
            next(app);
        };
}
