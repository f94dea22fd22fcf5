using System.Net;
using System.Text;
using System.Text.Json;
using Headrace.Protocol.Json;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server;

/// <summary>A real server that uses the memory store. The test calls it over HTTP and acts as its workers.</summary>
public class FrontScene : IAsyncLifetime
{
    public const string Sha512Schema =
        """{"type":"object","properties":{"iterations":{"type":"integer","minimum":1,"maximum":1000000}},"""
        + "\"required\":[\"iterations\"],\"additionalProperties\":false}";

    private ServerScene? _server;
    private HttpClient? _http;
    private int _workers;

    internal ServerScene Server => _server!;

    public HttpClient Http => _http!;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerScene.StartAsync(Options, Parts);
        _http = Server.Client();
        await JoinAsync("noop", """{"type":"object"}""");
        await JoinAsync("sha512", Sha512Schema);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private protected virtual ServerOptions Options(ServerOptions options) => options;

    private protected virtual ServerDependencies Parts(ServerDependencies parts) => parts;

    /// <summary>Starts a worker that offers only one method, so that it does not claim jobs from other tests.</summary>
    internal async Task<FrontWorker> JoinAsync(string method, string schema = "{}", uint version = 1)
    {
        var worker = new FrontWorker(
            Server.Worker($"w{Interlocked.Increment(ref _workers)}-{method}"),
            method,
            version,
            schema
        );
        await worker.ExchangeAsync(waitSeconds: 0);
        return worker;
    }

    internal static HttpContent Json(string json) => new StringContent(json, Encoding.UTF8, "application/json");

    internal static HttpContent Bytes(byte[] bytes, string type = "application/octet-stream") =>
        new ByteArrayContent(bytes) { Headers = { ContentType = new(type) } };

    internal Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content = null,
        params (string Name, string Value)[] headers
    )
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    internal Task<HttpResponseMessage> PostAsync(
        string path,
        HttpContent content,
        params (string Name, string Value)[] headers
    ) => SendAsync(HttpMethod.Post, path, content, headers);

    internal Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, null, headers);

    /// <summary>Submits a job as JSON and returns its id.</summary>
    internal async Task<string> SubmitAsync(string json)
    {
        using var response = await SendAsync(HttpMethod.Post, "/v1/jobs", Json(json));
        return (await ReadAsync(response, HttpStatusCode.Accepted, HeadraceJson.Default.SubmittedReply)).Id;
    }

    internal async Task<JobReply> GetJobAsync(string id, string query = "")
    {
        using var response = await GetAsync($"/v1/jobs/{id}{query}");
        return await ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.JobReply);
    }

    internal static async Task<T> ReadAsync<T>(
        HttpResponseMessage response,
        HttpStatusCode status,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type
    )
    {
        var text = await TextAsync(response);
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.NotNull(response.Content.Headers.ContentLength);
        return JsonSerializer.Deserialize(text, type)!;
    }

    /// <summary>Asserts that a submission was accepted, and returns the reply.</summary>
    internal static Task<SubmittedReply> AcceptedAsync(HttpResponseMessage response) =>
        ReadAsync(response, HttpStatusCode.Accepted, HeadraceJson.Default.SubmittedReply);

    /// <summary>Asserts the form of a problem reply (status, type, content type) and its detail.</summary>
    internal static async Task<ProblemReply> AssertRefusedAsync(
        HttpResponseMessage response,
        int status,
        string kind,
        string detail
    )
    {
        var text = await TextAsync(response);
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        var problem = JsonSerializer.Deserialize(text, HeadraceJson.Default.ProblemReply)!;
        Assert.Equal(detail, problem.Detail);
        Assert.Equal($"/problems/{kind}", problem.Type);
        Assert.Equal(status, problem.Status);
        return problem;
    }

    internal static Task<string> TextAsync(HttpResponseMessage response) =>
        response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
