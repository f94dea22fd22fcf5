using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Telemetry;

/// <summary><c>GET /metrics</c>: the metrics of the server in the Prometheus text format.</summary>
internal sealed class MetricsRoute(IEnumerable<IGaugeSource> gauges)
{
    private static readonly RouteDescription Description = new("getMetrics", "Read the server's metrics")
    {
        Access = AccessLevel.Read,
        Tag = "about",
        Description =
            "The server's metrics, in the text format that Prometheus scrapes, or as OpenMetrics if the client "
            + "accepts it. They include the jobs of all callers, so the key needs the role viewer on all queues. "
            + "docs/watching.md in the Headrace repository lists the metrics.",
        Replies = [new ReplyDescription(200, "text/plain", null, "The metrics")],
        Problems = [ProblemKinds.Forbidden],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        var pipeline = app.CreateApplicationBuilder();
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(static _ => true);
        var scrape = pipeline.Build();
        app.Map("GET", "/metrics", Description, context => ScrapeAsync(context, scrape));
    }

    private async Task<IResult> ScrapeAsync(HttpContext context, RequestDelegate scrape)
    {
        var caller = Caller.Of(context);
        if (!caller.ReadsAllJobs)
            return new Problem(
                ProblemKinds.Forbidden,
                $"{caller} may not read the metrics, because they include the number of other users' jobs. Use a key "
                    + "with the role viewer on all queues."
            );
        foreach (var source in gauges)
            await source.RefreshAsync(context.RequestAborted);
        await scrape(context);
        return Microsoft.AspNetCore.Http.Results.Empty;
    }
}
