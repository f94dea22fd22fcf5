using System.Net;
using System.Text.Json;
using Headrace.Protocol.Wire;
using Xunit;

namespace Headrace.Tests.Server.Compat;

public sealed class Seed004Tests(Seed004Scene scene) : IClassFixture<Seed004Scene>
{
    private static readonly (string Name, string Value) NoWait = ("Prefer", "wait=0");

    private static readonly string[] SeedMethods =
    [
        "MC",
        "MC-S",
        "QMC-S",
        "MLMC",
        "MLMC-A",
        "FFT",
        "FGL",
        "COS",
        "FD",
        "FD-NU",
        "FD-AD",
        "RBF",
        "RBF-FD",
        "RBF-PUM",
        "RBF-LSML",
        "RBF-AD",
        "RBF-MLT",
    ];

    [Fact]
    public async Task A_problem_is_measured_by_a_job_for_each_method_and_polled_by_repeating_the_request()
    {
        const string path = "/problem/problem1_A1?S=90,100&K=105&T=0.5&r=0.02&sig=0.2&run=polled";

        var (accepted, first, location) = await GetAsync(path, HttpStatusCode.Accepted);
        var (cos, closed) = (await scene.Cos.ClaimAsync(), await scene.Closed.ClaimAsync());
        await scene.Cos.SucceedAsync(cos, Seed004Scene.Answer([1.5, 2.5], 1e-5, wall: 40), "application/json");
        var (_, partial, _) = await GetAsync(path, HttpStatusCode.Accepted);
        await scene.Closed.SucceedAsync(closed, Seed004Scene.Answer([1.5, 2.5], 1e-15, wall: 2), "application/json");
        var (complete, last, _) = await GetAsync(path, HttpStatusCode.OK);
        var (_, repeated, _) = await GetAsync(path, HttpStatusCode.OK);

        Assert.Equal(("2", path), (accepted, location));
        Assert.Null(complete);
        Assert.Equal((0, 2), Seed004Scene.Progress(first));
        Assert.Equal((1, 2), Seed004Scene.Progress(partial));
        Assert.Equal((2, 2), Seed004Scene.Progress(last));
        Assert.Equal(last.GetRawText(), repeated.GetRawText());
        Assert.Equal(
            """{"problem":"1a-I","settings":{"S":[90,100],"K":105,"T":0.5,"r":0.02,"sigma":0.2},"task":"measure","""
                + "\"protocol\":\"paper\"}",
            (await scene.GetJobAsync(cos.Job.ToString())).Params?.GetRawText()
        );
        var table = last.GetProperty("benchmark");
        Assert.Equal([.. SeedMethods, "closed"], Seed004Scene.Texts(table, "methods"));
        Assert.Equal(4e-5, Seed004Scene.Numbers(table, "time")[7]!.Value, 1e-12);
        Assert.Equal(1e-5, Seed004Scene.Numbers(table, "relerr")[7]);
        Assert.Equal(2e-6, Seed004Scene.Numbers(table, "time")[^1]!.Value, 1e-12);
        Assert.Null(Seed004Scene.Numbers(table, "time")[8]);
        Assert.Equal("No worker has offered this method.", Seed004Scene.Texts(table, "reason")[8]);
        Assert.StartsWith("RBF-MLT is not offered", Seed004Scene.Texts(table, "reason")[16], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_label_measures_again()
    {
        await GetAsync("/problem/2a?run=one", HttpStatusCode.Accepted);
        var first = (await scene.Cos.ClaimAsync(), await scene.Closed.ClaimAsync());
        await GetAsync("/problem/2a?run=two", HttpStatusCode.Accepted);
        var second = (await scene.Cos.ClaimAsync(), await scene.Closed.ClaimAsync());

        Assert.NotEqual(first.Item1.Job, second.Item1.Job);
        await EndAsync(first);
        await EndAsync(second);
    }

    [Fact]
    public async Task A_method_that_fails_has_its_reason_in_its_cell()
    {
        const string path = "/problem/4?run=failing";
        await GetAsync(path, HttpStatusCode.Accepted);
        await scene.Cos.FailAsync(await scene.Cos.ClaimAsync(), "The integral diverges.");
        await scene.Closed.SucceedAsync(await scene.Closed.ClaimAsync(), "this is not JSON");

        var (_, reply, _) = await GetAsync(path, HttpStatusCode.OK);

        var table = reply.GetProperty("benchmark");
        Assert.Equal("The integral diverges.", Seed004Scene.Texts(table, "reason")[7]);
        Assert.Contains("cannot be read", Seed004Scene.Texts(table, "reason")[^1], StringComparison.Ordinal);
        Assert.All(Seed004Scene.Numbers(table, "time"), Assert.Null);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"cell":null}""")]
    [InlineData("""{"cell":{"problem":"4"}}""")]
    [InlineData("[1]")]
    public async Task A_result_of_another_program_leaves_its_cell_empty(string result)
    {
        var path = $"/problem/4?run={Uri.EscapeDataString(result)}";
        await GetAsync(path, HttpStatusCode.Accepted);
        await scene.Cos.SucceedAsync(await scene.Cos.ClaimAsync(), result, "application/json");
        await scene.Closed.FailAsync(await scene.Closed.ClaimAsync(), "no");

        var (_, reply, _) = await GetAsync(path, HttpStatusCode.OK);

        Assert.Contains(
            "cannot be read",
            Seed004Scene.Texts(reply.GetProperty("benchmark"), "reason")[7],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_barrier_is_a_quarter_above_the_strike_of_the_request()
    {
        await GetAsync("/problem/problem1_C1?K=80&run=barrier", HttpStatusCode.Accepted);
        var claimed = (await scene.Cos.ClaimAsync(), await scene.Closed.ClaimAsync());

        var job = await scene.GetJobAsync(claimed.Item1.Job.ToString());

        Assert.Equal("{\"K\":80,\"B\":100}", job.Params!.Value.GetProperty("settings").GetRawText());
        await EndAsync(claimed);
    }

    [Fact]
    public async Task Parameters_that_every_method_rejects_are_a_bad_request()
    {
        const string path = "/problem/6?K=80&run=rejected";
        await GetAsync(path, HttpStatusCode.Accepted);
        foreach (var worker in (FrontWorker[])[scene.Cos, scene.Closed])
        {
            var job = await worker.ClaimAsync();
            await worker.EndAsync(
                new Outcome
                {
                    Job = job.Job,
                    Attempt = job.Attempt,
                    Kind = Outcome.Types.Kind.Rejected,
                    Error = new Outcome.Types.Error { Type = "rejected", Message = "Problem 6 has no setting K." },
                }
            );
        }

        using var response = await scene.GetAsync(path, NoWait);

        await FrontScene.AssertRefusedAsync(response, 400, "bad-request", "Problem 6 has no setting K.");
    }

    [Fact]
    public async Task A_purge_cancels_what_waits_and_the_next_request_measures_it()
    {
        const string path = "/problem/5?run=purged";
        await GetAsync(path, HttpStatusCode.Accepted);

        var (_, queue, _) = await GetAsync("/queue", HttpStatusCode.OK);
        using var purge = await scene.SendAsync(HttpMethod.Delete, "/queue");
        var purged = JsonElement.Parse(await FrontScene.TextAsync(purge));
        var (_, after, _) = await GetAsync("/queue", HttpStatusCode.OK);
        await GetAsync(path, HttpStatusCode.Accepted);
        var again = (await scene.Cos.ClaimAsync(), await scene.Closed.ClaimAsync());
        await EndAsync(again);
        var (_, reply, _) = await GetAsync(path, HttpStatusCode.OK);

        Assert.Equal(["benchop.closed", "benchop.cos"], Messages(queue).Order(StringComparer.Ordinal));
        Assert.Equal((2, 0), (purged.GetProperty("cancelled").GetInt32(), purged.GetProperty("ready").GetInt32()));
        Assert.Empty(Messages(after));
        Assert.True(reply.GetProperty("complete").GetBoolean());
    }

    [Theory]
    [InlineData("S=")]
    [InlineData("S=90,,100")]
    [InlineData("S=90,x")]
    [InlineData("S=90,")]
    [InlineData("K=")]
    [InlineData("sig=")]
    [InlineData("K=NaN")]
    [InlineData("T=Infinity")]
    [InlineData("r=1e999")]
    [InlineData("sig=%2B")]
    [InlineData("frob=1")]
    public async Task An_invalid_parameter_is_rejected_before_a_job_is_submitted(string query)
    {
        using var response = await scene.GetAsync($"/problem/3?{query}&run=invalid", NoWait);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task An_unknown_problem_is_not_found_and_the_known_ones_are_listed()
    {
        using var response = await scene.GetAsync("/problem/problem7");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        var text = await FrontScene.TextAsync(response);
        Assert.Contains("There is no problem 'problem7'.", text, StringComparison.Ordinal);
        Assert.Contains("problem1_A1, problem1_A2, 1a-delta-I", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_another_host_cannot_start_measurements()
    {
        using var response = await scene.GetAsync("/problem/all", NoWait, ("Sec-Fetch-Site", "cross-site"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("foreign-origin", await FrontScene.TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_installed_Octave_function_is_called_with_the_arguments_of_the_problem_it_prices()
    {
        const string path = "/problem/problem1_A1";
        var own = new Seed004Scene();
        await ((IAsyncLifetime)own).InitializeAsync();
        await using var stop = own;
        var describing = await own.JoinAsync("benchop-problem");
        var mine = await own.JoinAsync("benchop.mine.bseucallui");
        await own.JoinAsync("benchop.mine.bsamputui");
        async Task<JsonElement> ReadAsync(HttpStatusCode status)
        {
            using var response = await own.GetAsync(path, NoWait);
            Assert.Equal(status, response.StatusCode);
            return JsonElement.Parse(await FrontScene.TextAsync(response));
        }

        var first = await ReadAsync(HttpStatusCode.Accepted);
        await describing.SucceedAsync(
            await describing.ClaimAsync(),
            """{"problem":"1a-I","function":"BSeuCallUI","arguments":[[90],100],"reference":[2]}""",
            "application/json"
        );
        await ReadAsync(HttpStatusCode.Accepted);
        var call = await mine.ClaimAsync();
        await mine.SucceedAsync(
            call,
            """{"values":[2.2],"printed":"","calls":1,"cpu":[0.001,0.001,0.001],"wall":[0.002,0.002,0.005]}""",
            "application/json"
        );
        await own.Cos.SucceedAsync(
            await own.Cos.ClaimAsync(),
            Seed004Scene.Answer([2], 0, wall: 1),
            "application/json"
        );
        await own.Closed.FailAsync(await own.Closed.ClaimAsync(), "no");
        var table = (await ReadAsync(HttpStatusCode.OK)).GetProperty("benchmark");
        using var methods = await own.GetAsync("/workers/methods");

        Assert.Equal((0, 3), Seed004Scene.Progress(first));
        Assert.Equal(
            """{"arguments":[[90],100],"measure":{"protocol":"paper","seconds":1}}""",
            (await own.GetJobAsync(call.Job.ToString())).Params?.GetRawText()
        );
        Assert.Equal(["closed", "mine"], Seed004Scene.Texts(table, "methods")[^2..]);
        Assert.Equal(0.1, Seed004Scene.Numbers(table, "relerr")[^1]!.Value, 1e-9);
        Assert.Equal(0.003, Seed004Scene.Numbers(table, "time")[^1]!.Value, 1e-9);
        Assert.Equal(0.001, Seed004Scene.Numbers(table, "cpu")[^1]!.Value, 1e-9);
        Assert.Equal("{\"methods\":[\"COS\",\"closed\",\"mine\"]}", await FrontScene.TextAsync(methods));
    }

    [Fact]
    public async Task All_problems_are_measured_and_ranked_by_the_same_jobs()
    {
        await GetAsync("/problem/all?run=all", HttpStatusCode.Accepted);
        var jobs = (await scene.Cos.ExchangeAsync(waitSeconds: 5)).Leases.ToList();
        var (_, ranks, _) = await GetAsync("/benchop/api/rank/allprobs?run=all", HttpStatusCode.Accepted);
        using var purge = await scene.SendAsync(HttpMethod.Delete, "/queue");
        foreach (var job in jobs)
            await scene.Cos.FailAsync(job, "The test is over.");

        Assert.Equal(20, jobs.Count);
        Assert.Equal((0, 40), Seed004Scene.Progress(ranks));
        Assert.Equal(20, ranks.GetProperty("rankings").EnumerateObject().Count());
    }

    private async Task<(string? RetryAfter, JsonElement Reply, string? Location)> GetAsync(
        string path,
        HttpStatusCode status
    )
    {
        using var response = await scene.GetAsync(path, NoWait);
        var text = await FrontScene.TextAsync(response);
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        return (
            response.Headers.RetryAfter?.ToString(),
            JsonElement.Parse(text),
            response.Headers.Location?.ToString()
        );
    }

    private async Task EndAsync((LeasedJob Cos, LeasedJob Closed) claimed)
    {
        await scene.Cos.SucceedAsync(claimed.Cos, Seed004Scene.Answer([1], 0, wall: 1), "application/json");
        await scene.Closed.SucceedAsync(claimed.Closed, Seed004Scene.Answer([1], 0, wall: 1), "application/json");
    }

    private static IEnumerable<string> Messages(JsonElement queue) =>
        queue.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("method").GetString()!);
}
