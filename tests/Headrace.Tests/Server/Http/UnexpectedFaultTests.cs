using System.Net;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Sweeps;
using Headrace.Tests.Server.Shards;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Http;

/// <summary>
/// Tests what happens when code between a request and the broker throws an unexpected exception: that request is
/// rejected, the log states where the exception was thrown but contains nothing from the request, and the server
/// continues.
/// </summary>
public sealed class UnexpectedFaultTests(FaultyScene scene) : IClassFixture<FaultyScene>
{
    private const string Message = """{"worker":"1","incarnation":"5","exchangeNumber":"1","slots":1}""";

    private const string StepFailed = "Error: A step of the sweeps failed";

    /// <summary>Maximum number of characters that one failure adds to the log.</summary>
    private const int MaxLogged = 10_000;

    public static TheoryData<string, string, string> Requests =>
        new()
        {
            { "POST", "/v1/jobs", """{"method":"noop"}""" },
            { "POST", "/v1/jobs?method=noop", "" },
            { "GET", "/v1/jobs/1", "" },
            { "GET", "/v1/jobs/1/why", "" },
            { "GET", "/v1/jobs/1/attempts", "" },
            { "DELETE", "/v1/jobs/1", "" },
            { "POST", "/v1/jobs/1:retry", "" },
            { "POST", "/v1/jobs/1:retry", """{"priority":1}""" },
            { "POST", "/v1/jobs/1:delete", "" },
            { "POST", "/v1/jobs:cancel", """{"filter":"queue:eu"}""" },
            { "POST", "/v1/jobs:retry", """{"filter":"queue:eu"}""" },
            { "POST", "/v1/jobs:delete", """{"filter":"queue:eu"}""" },
            { "POST", "/v1/jobs:move", """{"filter":"queue:eu","queue":"us"}""" },
            { "POST", "/v1/jobs:prioritize", """{"filter":"queue:eu","priority":1}""" },
            { "GET", "/v1/sweeps", "" },
            { "GET", "/v1/sweeps/1", "" },
            { "POST", "/v1/sweeps/1:stop", "" },
            { "GET", "/v1/queues", "" },
            { "GET", "/v1/queues/eu", "" },
            { "PUT", "/v1/queues/eu/settings", """{"maxJobs":5}""" },
            { "POST", "/v1/queues/eu:pause", "" },
            { "POST", "/v1/queues/eu:purge", "" },
            { "GET", "/v1/store", "" },
            { "GET", "/v1/methods", "" },
            { "GET", "/v1/methods/noop", "" },
            { "GET", "/v1/workers", "" },
            { "GET", "/metrics", "" },
            { "GET", "/v1/feeds", "" },
            { "GET", "/v1/feeds/f", "" },
            { "PUT", "/v1/feeds/f", """{"queue":"eu"}""" },
            { "DELETE", "/v1/feeds/f", "" },
            { "POST", "/v1/feeds/f:pull", "" },
            { "POST", "/v1/queues/eu/messages:pull", "" },
            { "POST", "/v1/keys", """{"name":"k","roles":["viewer"]}""" },
            { "POST", "/v1/users", """{"name":"u","password":"a long password","roles":["viewer"]}""" },
            { "POST", "/v1/workers/1/exchange", Message },
            { "POST", "/v1/workers/1/exchange", """{"worker":"1","incarnation":"5"}""" },
            { "PUT", "/enqueue?iterations=1", new string('x', 16 << 10) },
            { "POST", "/pullCompleted?top=1", "" },
        };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_request_that_fails_is_rejected_alone_and_the_next_one_is_answered(
        string method,
        string path,
        string body
    )
    {
        var (failures, errors) = (scene.Router.Failures, scene.Errors.Count);
        var failed = $"Error: {method} {path.Split('?')[0]} failed";
        scene.Router.Fails = _ => true;
        try
        {
            using var response = await SendAsync(method, path, body);
            await FrontScene.AssertRefusedAsync(
                response,
                500,
                "internal",
                "The server failed to process this request. See the server's log for details."
            );
        }
        finally
        {
            scene.Router.Fails = null;
        }

        Assert.NotEqual(failures, scene.Router.Failures);
        AssertTellsOnlyWhere(
            Assert.Single(scene.Errors.Skip(errors), line => line.StartsWith(failed, StringComparison.Ordinal))
        );
        using var next = await SendAsync("POST", "/v1/jobs", """{"method":"noop"}""");
        Assert.Equal(HttpStatusCode.Accepted, next.StatusCode);
        using var ready = await scene.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    [Fact]
    public async Task A_sweep_whose_step_fails_continues_and_the_failure_is_logged()
    {
        var id = await scene.SubmitAsync("""{"method":"noop","queue":"swept","scheduledAt":"2090-01-01T00:00:00Z"}""");
        scene.Router.Fails = command => command is Command.StepSweep;
        SweepReply sweep;
        try
        {
            using var started = await SendAsync("POST", "/v1/jobs:cancel", """{"filter":"queue:swept"}""");
            sweep = await FrontScene.ReadAsync(started, HttpStatusCode.Accepted, HeadraceJson.Default.SweepReply);
            AssertTellsOnlyWhere(
                await Eventually.SeesAsync(
                    "the failure in the log",
                    () => scene.Errors.FirstOrDefault(line => line.StartsWith(StepFailed, StringComparison.Ordinal))
                )
            );
        }
        finally
        {
            scene.Router.Fails = null;
        }

        await Eventually.SeesAsync(
            "the end of the sweep",
            async () =>
            {
                using var response = await scene.GetAsync($"/v1/sweeps/{sweep.Id}");
                var found = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.SweepReply);
                return found.State == "done" ? found : null;
            }
        );
        Assert.Equal("cancelled", (await scene.GetJobAsync(id)).State);
    }

    /// <summary>If one of these services ends, the host asks the whole server to stop.</summary>
    [Fact]
    public async Task No_background_service_ends_because_commands_fail()
    {
        var services = scene.Server.Server.Services;
        var failures = scene.Router.Failures;
        scene.Router.Fails = _ => true;
        try
        {
            services.GetRequiredService<SweepLoop>().OnCreated();
            await Eventually.HoldsAsync("a command of a loop to fail", () => scene.Router.Failures > failures);
        }
        finally
        {
            scene.Router.Fails = null;
        }

        // A sweep proves that its loop has run again since the failure.
        using var started = await SendAsync("POST", "/v1/jobs:cancel", """{"filter":"queue:nothing"}""");
        var sweep = await FrontScene.ReadAsync(started, HttpStatusCode.Accepted, HeadraceJson.Default.SweepReply);
        await Eventually.SeesAsync(
            "the end of the sweep",
            async () =>
            {
                using var response = await scene.GetAsync($"/v1/sweeps/{sweep.Id}");
                var text = await FrontScene.TextAsync(response);
                return text.Contains("\"done\"", StringComparison.Ordinal) ? text : null;
            }
        );
        Assert.All(
            services.GetServices<IHostedService>().OfType<BackgroundService>(),
            loop => Assert.False(loop.ExecuteTask?.IsCompleted, loop.GetType().Name)
        );
        Assert.False(
            services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested
        );
    }

    /// <summary>
    /// Asserts that a line contains the exception's type and stack trace but not the value quoted in its message, and
    /// that the line is not long.
    /// </summary>
    internal static void AssertTellsOnlyWhere(string line)
    {
        Assert.Contains("System.FormatException", line, StringComparison.Ordinal);
        Assert.Contains(nameof(FaultyRouter), line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 1, MaxLogged);
    }

    private Task<HttpResponseMessage> SendAsync(string method, string path, string body) =>
        scene.SendAsync(
            new HttpMethod(method),
            path,
            body.Length == 0 ? null
                : body[0] == '{' ? FrontScene.Json(body)
                : FrontScene.Bytes(System.Text.Encoding.ASCII.GetBytes(body))
        );
}
