using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Headrace.Server.Http;

/// <summary>
/// Adds the problem details middleware in front of the whole pipeline, whatever the composition adds after it.
/// </summary>
internal sealed class ProblemDetailsStartupFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        app =>
        {
            app.UseMiddleware<ProblemDetailsMiddleware>();
            next(app);
        };
}
