using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Headrace.Server.Hosting;

/// <summary>
/// Records every request in the request log. It wraps all other middleware so that the final status is known, and must
/// therefore be registered before the other filters.
/// </summary>
internal sealed class RequestLogFilter(RequestLog log, TimeProvider time) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        app =>
        {
            app.Use(
                async (context, handle) =>
                {
                    var start = time.GetTimestamp();
                    try
                    {
                        await handle(context);
                    }
                    finally
                    {
                        log.Add(context, start);
                    }
                }
            );
            next(app);
        };
}
