using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Headrace.Tests.Client;

/// <summary>
/// Runs a real HTTP server on loopback. It answers each request with the next act of its script, and records the
/// requests. After the last act, it answers every request with status 500.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Act> _script;

    private ScriptedServer(WebApplication app, IEnumerable<Act> script)
    {
        _app = app;
        _script = new ConcurrentQueue<Act>(script);
    }

    public string Url { get; private set; } = "";

    public ConcurrentQueue<SeenRequest> Seen { get; } = [];

    public static async Task<ScriptedServer> StartAsync(params Act[] script)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = new ScriptedServer(builder.Build(), script);
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        server.Url = server._app.Urls.Single();
        return server;
    }

    /// <summary>Returns a loopback address where nothing is listening.</summary>
    public static string UnusedAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
    }

    public static Act Json(int status, string json, params (string Name, string Value)[] headers) =>
        new(async context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = status < 400 ? "application/json" : "application/problem+json";
            foreach (var (name, value) in headers)
                context.Response.Headers[name] = value;
            await context.Response.WriteAsync(json);
        });

    /// <summary>
    /// Sends these lines with a Content-Length that is too large, and then closes the connection normally. If the
    /// connection were aborted instead, the client might not receive the lines.
    /// </summary>
    public static Act Truncated(params string[] lines) =>
        new(async context =>
        {
            context.Response.ContentLength = 1 << 20;
            await Lines(lines).Answer(context);
        });

    public static Act Lines(params string[] lines) =>
        new(async context =>
        {
            context.Response.ContentType = "application/jsonl";
            foreach (var line in lines)
                await context.Response.WriteAsync(line + "\n");
        });

    /// <summary>Aborts the connection without a response.</summary>
    public static Act Break() =>
        new(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });

    public static string Problem(int status, string name, string detail) =>
        $$"""{"type":"/problems/{{name}}","title":"{{name}}","status":{{status}},"detail":"{{detail}}"}""";

    private async Task AnswerAsync(HttpContext context)
    {
        if (!_script.TryDequeue(out var act))
            act = Json(500, Problem(500, "script-ended", "The script has ended."));
        var body = act.ReadsBody
            ? await new StreamReader(context.Request.Body, Encoding.UTF8).ReadToEndAsync(context.RequestAborted)
            : "";
        Seen.Enqueue(
            new SeenRequest(
                $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}",
                body,
                context.Request.Headers.Authorization.ToString()
            )
        );
        await act.Answer(context);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

/// <summary>
/// One answer in a script. An act that does not read the body simulates a server that rejects a request because of its
/// Content-Length.
/// </summary>
internal sealed record Act(Func<HttpContext, Task> Answer, bool ReadsBody = true);

/// <summary>A request as the server received it.</summary>
internal sealed record SeenRequest(string Line, string Body, string Authorization);
