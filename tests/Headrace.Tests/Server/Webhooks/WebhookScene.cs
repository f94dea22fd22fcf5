using System.Net;
using Headrace.Protocol.Json;
using Headrace.Server.Hosting;
using Headrace.Server.Webhooks;
using Headrace.Tests.Server.Accounts;

namespace Headrace.Tests.Server.Webhooks;

/// <summary>A server that is allowed to send webhooks to the loopback interface.</summary>
public sealed class WebhookScene : AccountScene
{
    private int _names;

    internal LinesOfLog Log { get; } = new();

    /// <summary>Returns a name for a webhook and its queue that no other test uses.</summary>
    internal string NewName() => $"hook{Interlocked.Increment(ref _names)}";

    internal async Task<WebhookReply> CreateAsync(string name, string url, string more = "")
    {
        using var response = await PutAsync(name, $$"""{"url":"{{url}}","queue":"{{name}}"{{more}}}""");
        return await ReadAsync(response, HttpStatusCode.Created, HeadraceJson.Default.WebhookReply);
    }

    internal Task<HttpResponseMessage> PutAsync(string name, string json) =>
        SendAsync(HttpMethod.Put, $"/v1/webhooks/{name}", Json(json));

    internal async Task<WebhookReply> ShowAsync(string name)
    {
        using var response = await GetAsync($"/v1/webhooks/{name}");
        return await ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.WebhookReply);
    }

    internal async Task<WebhookReply> PostAsync(string name, string action)
    {
        using var response = await SendAsync(HttpMethod.Post, $"/v1/webhooks/{name}:{action}");
        return await ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.WebhookReply);
    }

    internal Task<WebhookReply> SeesAsync(string what, string name, Func<WebhookReply, bool> isSeen) =>
        Eventually.SeesAsync(
            what,
            async () => await ShowAsync(name) is { } webhook && isSeen(webhook) ? webhook : null
        );

    /// <summary>Ends jobs in a queue and returns their ids, in the order in which they ended.</summary>
    internal async Task<List<string>> EndJobsAsync(string queue, int count, string result = "done")
    {
        var method = $"m-{queue}-{Interlocked.Increment(ref _names)}";
        var worker = await JoinAsync(method);
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
        {
            ids.Add(await SubmitAsync($$"""{"method":"{{method}}","queue":"{{queue}}"}"""));
            await worker.SucceedAsync(await worker.ClaimAsync(), result);
        }
        return ids;
    }

    private protected override ServerOptions Options(ServerOptions options) =>
        base.Options(options) with
        {
            Webhooks = new WebhookOptions { Networks = ["127.0.0.0/8"] },
        };

    private protected override ServerDependencies Parts(ServerDependencies parts) =>
        base.Parts(parts) with
        {
            Logging = Log.To,
        };
}
