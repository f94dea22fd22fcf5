using System.Net;
using Headrace.Tests.Server.Accounts;
using Xunit;

namespace Headrace.Tests.Server.Telemetry;

/// <summary>A server whose metrics a test reads.</summary>
public sealed class MetricsScene : AccountScene
{
    internal Task<PrometheusText> ScrapeAsync() => ScrapeAsync(Http);

    internal static async Task<PrometheusText> ScrapeAsync(HttpClient client)
    {
        using var response = await client.GetAsync("/metrics", TestContext.Current.CancellationToken);
        var text = await TextAsync(response);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return new PrometheusText(text);
    }

    /// <summary>Runs a job that succeeds and a job that fails, and leaves a third job waiting.</summary>
    internal async Task RunJobsAsync(string queue, string method)
    {
        var worker = await JoinAsync(method);
        await SubmitAsync(Job());
        await worker.SucceedAsync(await worker.ClaimAsync(), "done");
        await SubmitAsync(Job());
        await worker.FailAsync(await worker.ClaimAsync(), "no");
        await SubmitAsync(Job());

        string Job() => $$"""{"method":"{{method}}","queue":"{{queue}}","params":{} }""";
    }
}
