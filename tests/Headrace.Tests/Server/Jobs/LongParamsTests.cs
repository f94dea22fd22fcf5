using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Protocol.Wire;
using Headrace.Server.Hosting;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Headrace.Tests.Server.Jobs;

/// <summary>
/// Params of more than 2 KB are stored with the body. Every form of submission stores them there, and every reply
/// contains them unchanged (R15).
/// </summary>
public sealed class LongParamsTests
{
    private static readonly string Pad = new('a', 3_000);
    private static readonly string Params = $$"""{"pad":"{{Pad}}"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind, string> Doors
    {
        get
        {
            var doors = new TheoryData<StoreKind, string>();
            foreach (var store in Enum.GetValues<StoreKind>())
                foreach (var door in new[] { "json", "raw", "jsonl", "protobuf" })
                    doors.Add(store, door);
            return doors;
        }
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Long_params_of_every_form_of_submission_reach_worker_and_client_and_leave_memory_R15(
        StoreKind store,
        string door
    )
    {
        await using var scene = await ServerScene.StartAsync(options => options with { Store = store });
        var http = scene.Client();
        var worker = scene.Worker();
        await worker.SendAsync(worker.Next());

        using var submitted = await http.SendAsync(Submission(door), Token);
        Assert.True(submitted.IsSuccessStatusCode, await submitted.Content.ReadAsStringAsync(Token));
        var id = (await ListAsync(http))[0].Id;

        var live = await scene.LiveAsync(new JobId(long.Parse(id, null)));
        Assert.Equal((0, Params.Length), (live.Spec.Params.Length, live.Spec.PayloadParamsBytes));
        await AssertShownAsync(http, id);
        Assert.Equal("body", await http.GetStringAsync($"/v1/jobs/{id}/input", Token));

        var lease = Assert.Single((await worker.SendAsync(worker.Next(waitSeconds: 5))).Leases);
        Assert.Equal((Params, "body"), (lease.Params, lease.Body.ToStringUtf8()));
        await worker.SendAsync(worker.Report(WireWorker.Succeeded(lease.Lease, "done")));

        await AssertShownAsync(http, id);
        var result = Assert.Single(
            (await http.GetFromJsonAsync("/v1/results", HeadraceJson.Default.IReadOnlyListJobReply, Token))!
        );
        Assert.Equal((Params, "done"), (result.Params!.Value.GetRawText(), result.Result!.Value.GetString()));
        Assert.Equal("body", await http.GetStringAsync($"/v1/jobs/{id}/input", Token));
    }

    [Fact]
    public async Task A_worker_that_uses_JSON_receives_long_params()
    {
        await using var scene = await ServerScene.StartAsync();
        var worker = scene.Worker();
        worker.Format = WireWorker.Json;
        await worker.SendAsync(worker.Next());
        await scene.SubmitAsync(parameters: Params);

        var lease = Assert.Single((await worker.SendAsync(worker.Next(waitSeconds: 5))).Leases);

        Assert.Equal((Params, 0), (lease.Params, lease.Body.Length));
    }

    [Fact]
    public async Task A_cancelled_job_and_a_waiting_client_are_answered_with_long_params()
    {
        await using var scene = await ServerScene.StartAsync();
        var http = scene.Client();
        var worker = scene.Worker();
        await worker.SendAsync(worker.Next());
        using var request = Submission("json");
        request.Headers.Add("Prefer", "wait=30");
        var waiting = http.SendAsync(request, Token);
        var id = (
            await Eventually.SeesAsync(
                "the job in the list",
                async () => await ListAsync(http) is [var first, ..] ? first : null
            )
        ).Id;

        using var cancelled = await http.DeleteAsync($"/v1/jobs/{id}", Token);

        foreach (var response in new[] { cancelled, await waiting })
            Assert.Equal(
                Params,
                (
                    await response.Content.ReadFromJsonAsync(HeadraceJson.Default.JobReply, Token)
                )!.Params!.Value.GetRawText()
            );
    }

    [Fact]
    public async Task A_job_whose_long_params_are_damaged_is_shown_without_them()
    {
        using var bytes = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = bytes } };
        var output = new JsonStream(context.Response, Token);
        var budget = new ReplyBudget(TimeProvider.System);
        Assert.True((await budget.ReserveAsync(1, Token)).TryGet(out var memory, out _));
        using var damaged = new HeldPayload(
            new PayloadRow(new JobId(1), PayloadKind.Input, null, default) { IsDamaged = true },
            memory
        );
        var spec = new JobSpec
        {
            Queue = QueueName.Default,
            Method = new MethodName("noop"),
            Owner = "admin",
            PayloadParamsBytes = Params.Length,
        };

        await JobDetail.WriteAsync(output, JobView.Of(new JobRow(new JobId(1), spec, default)), spec, damaged);
        await output.CompleteAsync();

        var shown = JsonSerializer.Deserialize(bytes.ToArray(), HeadraceJson.Default.JobReply)!;
        Assert.Equal(("1", null), (shown.Id, shown.Params));
    }

    private static async Task AssertShownAsync(HttpClient http, string id)
    {
        var job = await http.GetFromJsonAsync($"/v1/jobs/{id}", HeadraceJson.Default.JobReply, Token);
        Assert.Equal((Params, 4L), (job!.Params!.Value.GetRawText(), job.InputBytes));
        Assert.Equal(Params, (await ListAsync(http))[0].Params!.Value.GetRawText());
    }

    private static async Task<IReadOnlyList<JobReply>> ListAsync(HttpClient http) =>
        (await http.GetFromJsonAsync("/v1/jobs", HeadraceJson.Default.JobPage, Token))!.Jobs;

    private static HttpRequestMessage Submission(string door)
    {
        var json = $$"""{"method":"echo","params":{{Params}},"body":"body"}""";
        var batch = new SubmitBatch
        {
            Jobs =
            {
                new SubmitJob
                {
                    Method = "echo",
                    Params = Params,
                    Body = ByteString.CopyFromUtf8("body"),
                },
            },
        };
        var (path, content) = door switch
        {
            "json" => ("/v1/jobs", FrontScene.Json(json)),
            "raw" => ($"/v1/jobs?method=echo&pad={Pad}", FrontScene.Bytes("body"u8.ToArray())),
            "jsonl" => ("/v1/jobs:batch", new StringContent(json + "\n", Encoding.UTF8, "application/jsonl")),
            _ => ("/v1/jobs:batch", FrontScene.Bytes(batch.ToByteArray(), WireWorker.Protobuf)),
        };
        return new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
    }
}
