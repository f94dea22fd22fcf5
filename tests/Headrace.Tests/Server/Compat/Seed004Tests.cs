using System.Net;
using System.Text.Json;
using Headrace.Protocol.Wire;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Compat;

public sealed class Seed004Tests(Seed004Tests.DemoScene scene) : IClassFixture<Seed004Tests.DemoScene>
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
        await scene.Cos.SucceedAsync(cos, Answer([1.5, 2.5], 1e-5, wall: 40), "application/json");
        var (_, partial, _) = await GetAsync(path, HttpStatusCode.Accepted);
        await scene.Closed.SucceedAsync(closed, Answer([1.5, 2.5], 1e-15, wall: 2), "application/json");
        var (complete, last, _) = await GetAsync(path, HttpStatusCode.OK);
        var (_, repeated, _) = await GetAsync(path, HttpStatusCode.OK);

        Assert.Equal(("2", path), (accepted, location));
        Assert.Null(complete);
        Assert.Equal((0, 2), Progress(first));
        Assert.Equal((1, 2), Progress(partial));
        Assert.Equal((2, 2), Progress(last));
        Assert.Equal(last.GetRawText(), repeated.GetRawText());
        Assert.Equal(
            """{"problem":"1a-I","settings":{"S":[90,100],"K":105,"T":0.5,"r":0.02,"sigma":0.2},"task":"measure","""
                + "\"protocol\":\"paper\"}",
            (await scene.GetJobAsync(cos.Job.ToString())).Params?.GetRawText()
        );
        var table = last.GetProperty("benchmark");
        Assert.Equal([.. SeedMethods, "closed"], Texts(table, "methods"));
        Assert.Equal(4e-5, Numbers(table, "time")[7]!.Value, 1e-12);
        Assert.Equal(1e-5, Numbers(table, "relerr")[7]);
        Assert.Equal(2e-6, Numbers(table, "time")[^1]!.Value, 1e-12);
        Assert.Null(Numbers(table, "time")[8]);
        Assert.Equal("No worker has offered this method.", Texts(table, "reason")[8]);
        Assert.StartsWith("RBF-MLT is not offered", Texts(table, "reason")[16], StringComparison.Ordinal);
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
        Assert.Equal("The integral diverges.", Texts(table, "reason")[7]);
        Assert.Contains("cannot be read", Texts(table, "reason")[^1], StringComparison.Ordinal);
        Assert.All(Numbers(table, "time"), Assert.Null);
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

        Assert.Contains("cannot be read", Texts(reply.GetProperty("benchmark"), "reason")[7], StringComparison.Ordinal);
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

    [Fact]
    public async Task A_ranking_by_reference_values_of_the_client_is_ascending_and_keeps_ties()
    {
        const string body = """{"S":[90,100],"K":100,"T":1,"r":0.03,"sig":0.15,"U":[2,4]}""";
        await PostAsync(body, HttpStatusCode.Accepted);
        await scene.Cos.SucceedAsync(await scene.Cos.ClaimAsync(), Answer([2, 4.4], 0.5, wall: 7), "application/json");
        await scene.Closed.SucceedAsync(
            await scene.Closed.ClaimAsync(),
            Answer([2.1, 4.4], 0.5, wall: 7),
            "application/json"
        );

        var ranking = (await PostAsync(body, HttpStatusCode.OK)).GetProperty("ranking");

        Assert.Equal(2, ranking.GetProperty("time").GetArrayLength());
        Assert.Equal(
            ["closed 0.1", "COS 0.1"],
            ranking
                .GetProperty("err")
                .EnumerateArray()
                .SelectMany(entry => entry.EnumerateObject())
                .Select(entry => FormattableString.Invariant($"{entry.Name} {entry.Value.GetDouble():0.###}"))
                .Order(StringComparer.OrdinalIgnoreCase)
        );
    }

    [Theory]
    [InlineData("{}", "The members K, T, r and sig are required.")]
    [InlineData("[1]", "The body is not a JSON object with numbers.")]
    [InlineData("null", "The body is null.")]
    [InlineData("""{"S":1,"K":1,"T":1,"r":1,"sig":1,"U":1,"Q":1}""", "There is no member 'Q'.")]
    [InlineData("""{"S":1,"K":1,"T":1,"r":1,"sig":1}""", "The members S and U are required")]
    [InlineData("""{"S":["a"],"K":1,"T":1,"r":1,"sig":1,"U":[1]}""", "The members S and U are required")]
    [InlineData("""{"S":[1,2],"K":1,"T":1,"r":1,"sig":1,"U":1}""", "S has 2 numbers and U has 1.")]
    [InlineData("""{"S":1,"K":1,"T":1,"r":1,"sig":1,"U":0}""", "U contains 0")]
    [InlineData("""{"S":1,"K":1e999,"T":1,"r":1,"sig":1,"U":1}""", "A number is too large.")]
    public async Task An_invalid_ranking_request_is_rejected(string body, string detail)
    {
        using var response = await scene.PostAsync("/benchop/api/prob/rank/problem1_A1", FrontScene.Json(body), NoWait);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(detail, await FrontScene.TextAsync(response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("S=", HttpStatusCode.Accepted)]
    [InlineData("S=90,x", HttpStatusCode.BadRequest)]
    [InlineData("S=90,", HttpStatusCode.BadRequest)]
    [InlineData("K=NaN", HttpStatusCode.BadRequest)]
    [InlineData("T=Infinity", HttpStatusCode.BadRequest)]
    [InlineData("r=1e999", HttpStatusCode.BadRequest)]
    [InlineData("sig=%2B", HttpStatusCode.BadRequest)]
    [InlineData("frob=1", HttpStatusCode.BadRequest)]
    public async Task An_invalid_parameter_is_rejected_before_a_job_is_submitted(string query, HttpStatusCode status)
    {
        using var response = await scene.GetAsync($"/problem/3?{query}&run=invalid", NoWait);

        Assert.Equal(status, response.StatusCode);
        if (status == HttpStatusCode.Accepted)
            await EndAsync((await scene.Cos.ClaimAsync(), await scene.Closed.ClaimAsync()));
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
    public async Task An_upload_of_code_is_rejected_with_the_command_that_installs_it()
    {
        using var response = await scene.PostAsync("/problems/upload", FrontScene.Bytes([1], "application/zip"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains(
            "headrace methods install FOLDER",
            await FrontScene.TextAsync(response),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_page_of_another_host_cannot_start_measurements()
    {
        using var response = await scene.GetAsync("/problem/all", NoWait, ("Sec-Fetch-Site", "cross-site"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("foreign-origin", await FrontScene.TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_computes_the_test()
    {
        var worker = await scene.JoinAsync("benchop-test");
        var answering = scene.GetAsync("/problem/test?a=2&b=-3&c=4");
        var job = await worker.ClaimAsync();
        await worker.SucceedAsync(job, "-4", "application/json");

        using var response = await answering;
        using var invalid = await scene.GetAsync("/problem/test?a=2&b=1.5&c=4");

        Assert.Equal("{\"result\":-4}", await FrontScene.TextAsync(response));
        Assert.Equal("{\"a\":2,\"b\":-3,\"c\":4}", (await scene.GetJobAsync(job.Job.ToString())).Params?.GetRawText());
        Assert.Equal(HttpStatusCode.BadRequest, invalid.StatusCode);
    }

    [Fact]
    public async Task The_workers_their_methods_and_the_version_are_listed_without_a_key()
    {
        using var keyless = scene.Server.Client(key: "");
        async Task<JsonElement> ReadAsync(string path) =>
            JsonElement.Parse(await keyless.GetStringAsync(path, TestContext.Current.CancellationToken));

        var workers = await ReadAsync("/workers");
        var methods = await ReadAsync("/workers/methods");
        var version = await ReadAsync("/version");

        Assert.Contains(
            workers.GetProperty("workers").EnumerateArray(),
            worker => worker.GetProperty("name").GetString()!.EndsWith("benchop.cos", StringComparison.Ordinal)
        );
        Assert.Equal(["COS", "closed"], Texts(methods, "methods"));
        Assert.StartsWith(".NET ", version.GetProperty("runtime").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_routes_are_described_in_the_OpenAPI_document()
    {
        using var response = await scene.GetAsync("/openapi.json");
        var paths = JsonElement.Parse(await FrontScene.TextAsync(response)).GetProperty("paths");

        string[] routes =
        [
            .. from path in paths.EnumerateObject()
            where !path.Name.StartsWith("/v1/", StringComparison.Ordinal)
            from operation in path.Value.EnumerateObject()
            where operation.Value.GetProperty("tags")[0].GetString() == "compat"
            select $"{operation.Name} {path.Name}",
        ];
        Assert.Equal(
            [
                "delete /queue",
                "get /benchop/api/rank/allprobs",
                "get /problem/all",
                "get /problem/test",
                "get /problem/{name}",
                "get /queue",
                "get /version",
                "get /workers",
                "get /workers/methods",
                "post /benchop/api/prob/rank/{name}",
                "post /problems/upload",
            ],
            routes.Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            ["name", "S", "K", "T", "r", "sig", "run", "Prefer"],
            paths
                .GetProperty("/problem/{name}")
                .GetProperty("get")
                .GetProperty("parameters")
                .EnumerateArray()
                .Select(parameter => parameter.GetProperty("name").GetString())
        );
    }

    [Fact]
    public async Task Without_pricing_methods_a_measurement_is_unavailable_and_without_the_demo_not_found()
    {
        await using var empty = await ServerScene.StartAsync(options =>
            options with
            {
                Demo = DemoSystems.Seed001 | DemoSystems.Seed004,
            }
        );
        await using var plain = await ServerScene.StartAsync(options => options);

        using var unavailable = await empty.Client().GetAsync("/problem/all", TestContext.Current.CancellationToken);
        using var unknown = await plain.Client().GetAsync("/problem/all", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, unavailable.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task An_installed_Octave_function_is_called_with_the_arguments_of_the_problem_it_prices()
    {
        const string path = "/problem/problem1_A1";
        var own = new DemoScene();
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
        await own.Cos.SucceedAsync(await own.Cos.ClaimAsync(), Answer([2], 0, wall: 1), "application/json");
        await own.Closed.FailAsync(await own.Closed.ClaimAsync(), "no");
        var table = (await ReadAsync(HttpStatusCode.OK)).GetProperty("benchmark");
        using var methods = await own.GetAsync("/workers/methods");

        Assert.Equal((0, 3), Progress(first));
        Assert.Equal(
            """{"arguments":[[90],100],"measure":{"protocol":"paper","seconds":1}}""",
            (await own.GetJobAsync(call.Job.ToString())).Params?.GetRawText()
        );
        Assert.Equal(["closed", "mine"], Texts(table, "methods")[^2..]);
        Assert.Equal(0.1, Numbers(table, "relerr")[^1]!.Value, 1e-9);
        Assert.Equal((0.003, 0.001), (Numbers(table, "time")[^1]!.Value, Numbers(table, "cpu")[^1]!.Value));
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
        Assert.Equal((0, 40), Progress(ranks));
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

    private async Task<JsonElement> PostAsync(string body, HttpStatusCode status)
    {
        using var response = await scene.PostAsync("/benchop/api/prob/rank/problem1_A1", FrontScene.Json(body), NoWait);
        var text = await FrontScene.TextAsync(response);
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        return JsonElement.Parse(text);
    }

    private async Task EndAsync((LeasedJob Cos, LeasedJob Closed) claimed)
    {
        await scene.Cos.SucceedAsync(claimed.Cos, Answer([1], 0, wall: 1), "application/json");
        await scene.Closed.SucceedAsync(claimed.Closed, Answer([1], 0, wall: 1), "application/json");
    }

    /// <summary>A result in the form of the pricing methods.</summary>
    private static string Answer(double[] values, double error, double wall) =>
        FormattableString.Invariant(
            $$$"""
            {"cell":{"problem":"1a-I","method":"cos","values":[{{{string.Join(',', values)}}}],"error":{{{error}}},
            "met":true,"timing":{"cpuMicroseconds":1,"wallMicroseconds":{{{wall}}},"halfWidth":0.01,"batches":3,
            "calls":3,"steady":true}},"spots":[],"secondSpots":[],"reference":[],"remarks":[]}
            """
        );

    private static (int Done, int Jobs) Progress(JsonElement reply) =>
        (reply.GetProperty("done").GetInt32(), reply.GetProperty("jobs").GetInt32());

    private static List<string> Texts(JsonElement reply, string member) =>
        [.. reply.GetProperty(member).EnumerateArray().Select(text => text.GetString() ?? "")];

    private static List<double?> Numbers(JsonElement reply, string member) =>
        [
            .. reply
                .GetProperty(member)
                .EnumerateArray()
                .Select(number => number.ValueKind == JsonValueKind.Null ? null : (double?)number.GetDouble()),
        ];

    private static IEnumerable<string> Messages(JsonElement queue) =>
        queue.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("method").GetString()!);

    /// <summary>A server with the routes, and workers that offer two pricing methods.</summary>
    public sealed class DemoScene : FrontScene, IAsyncLifetime
    {
        internal FrontWorker Cos { get; private set; } = null!;

        internal FrontWorker Closed { get; private set; } = null!;

        async ValueTask IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            Cos = await JoinAsync("benchop.cos");
            Closed = await JoinAsync("benchop.closed");
        }

        private protected override ServerOptions Options(ServerOptions options) =>
            options with
            {
                Demo = DemoSystems.Seed004,
            };
    }
}
