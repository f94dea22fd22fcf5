using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Headrace.Server.Http;

/// <summary>
/// Adds the middleware that applies to every route. This middleware runs before routing: the problem details come
/// first, as the outermost middleware, followed by the checks of the headers Host, Origin and Expect.
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
