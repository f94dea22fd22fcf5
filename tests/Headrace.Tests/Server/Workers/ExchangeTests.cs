using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Workers;
using Xunit;
using Enum = System.Enum;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Tests.Server.Workers;

public sealed class ExchangeTests
{
    [Theory]
    [InlineData(WireWorker.Protobuf)]
    [InlineData(WireWorker.Json)]
    public async Task Both_formats_deliver_a_job_with_its_body_and_return_its_result(string format)
    {
        await using var scene = await ServerScene.StartAsync();
        var worker = scene.Worker();
        worker.Format = format;
        await worker.SendAsync(worker.Next());
        var job = await scene.SubmitAsync(body: [0, 1, 2, 255], parameters: """{"x":"ä"}""");

        var granted = await worker.SendAsync(worker.Next(waitSeconds: 5));
        var leased = Assert.Single(granted.Leases);
        var next = worker.Next();
        next.Outcomes.Add(WireWorker.Succeeded(leased.Lease, "done"));
        var acknowledged = await worker.SendAsync(next);

        Assert.Equal([0, 1, 2, 255], leased.Body.ToByteArray());
        Assert.Equal("""{"x":"ä"}""", leased.Params);
        Assert.Equal(
            ("echo", 1u, "default", "application/octet-stream"),
            (leased.Method, leased.Version, leased.Queue, leased.ContentType)
        );
        Assert.Equal((ulong)job.Value, leased.Lease.Job);
        Assert.Equal(TimeSpan.FromSeconds(30), granted.Lease.ToTimeSpan());
        Assert.Equal(scene.Server.JobStore.Store.Id.Text, granted.Store);
        Assert.Equal(Wire.Ack.Types.Status.Recorded, Assert.Single(acknowledged.Acks).Status);
        var rows = await scene.Server.JobStore.ReadAsync(
            [new RowKey.Payload(job, PayloadKind.Result)],
            TestContext.Current.CancellationToken
        );
        Assert.Equal("done"u8.ToArray(), Assert.IsType<PayloadRow>(Assert.Single(rows)).Bytes.ToArray());
    }

    [Fact]
    public async Task Both_formats_contain_the_same_values()
    {
        await using var scene = await ServerScene.StartAsync();
        var (binary, text) = (scene.Worker("w1"), scene.Worker("w2"));
        text.Format = WireWorker.Json;
        await binary.SendAsync(binary.Next());
        await text.SendAsync(text.Next());
        var deadline = DateTimeOffset.Parse("2100-01-01T00:00:00Z", null);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var spec = new JobSpec
            {
                Queue = QueueName.Default,
                Method = new MethodName("echo"),
                Owner = "admin",
                Params = "{}"u8.ToArray(),
                BodyBytes = 3,
                ContentType = "text/plain",
                TimeLimit = TimeSpan.FromMilliseconds(1500),
                Deadline = Instant.From(deadline),
            };
            await scene.SendAsync(new Command.Submit([new NewJob(spec, "abc"u8.ToArray())]));
        }

        var first = await binary.SendAsync(binary.Next(waitSeconds: 5));
        var second = await text.SendAsync(text.Next(waitSeconds: 5));

        Assert.NotEqual(first.Leases[0].Job, second.Leases[0].Job);
        second.Leases[0].Job = first.Leases[0].Job;
        second.ServerTime = first.ServerTime;
        Assert.Equal(first, second);
        Assert.Equal(TimeSpan.FromMilliseconds(1500), first.Leases[0].TimeLimit.ToTimeSpan());
        Assert.Equal(deadline, first.Leases[0].Deadline.ToDateTimeOffset());
    }

    [Fact]
    public async Task A_report_is_acknowledged_while_an_exchange_is_open()
    {
        await using var scene = await ServerScene.StartAsync();
        var worker = scene.Worker();
        await scene.SubmitAfterJoinAsync(worker);
        var leased = Assert.Single((await worker.SendAsync(worker.Next(waitSeconds: 5))).Leases);
        var next = worker.Next(waitSeconds: 10);
        next.LeasesHeld.Add(
            new Wire.HeldLease
            {
                Job = leased.Job,
                Attempt = leased.Attempt,
                Started = true,
            }
        );
        using var hangUp = new CancellationTokenSource();
        var open = worker.SendUntilAsync(next, hangUp.Token);
        await Eventually.HoldsAsync("the exchange to be parked", () => scene.Server.Mailbox.WaitingCount == 1);

        var reply = await worker.SendAsync(worker.Report(WireWorker.Succeeded(leased.Lease, "early")));

        Assert.Equal(Wire.Ack.Types.Status.Recorded, Assert.Single(reply.Acks).Status);
        Assert.Equal(0ul, reply.ExchangeNumber);
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => open);
    }

    [Fact]
    public async Task A_parked_exchange_whose_caller_disconnected_is_granted_no_jobs() // R7
    {
        await using var scene = await ServerScene.StartAsync();
        var worker = scene.Worker();
        await worker.SendAsync(worker.Next());
        using var hangUp = new CancellationTokenSource();
        var parked = worker.SendUntilAsync(worker.Next(waitSeconds: 10), hangUp.Token);
        await Eventually.HoldsAsync("the exchange to be parked", () => scene.Server.Mailbox.WaitingCount == 1);

        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => parked);
        await Eventually.HoldsAsync(
            "the server to see that the connection is closed",
            () => scene.Server.Mailbox.WaitingCount == 0
        );
        var job = await scene.SubmitAsync();

        Assert.Equal(JobState.Ready, (await scene.LiveAsync(job)).Status.State);
    }

    [Fact]
    public async Task A_reply_is_limited_in_total_body_size_and_the_next_reply_grants_the_rest() // R15
    {
        await using var scene = await ServerScene.StartAsync();
        var worker = scene.Worker();
        await worker.SendAsync(worker.Next(slots: 20));
        for (var i = 0; i < 20; i++)
            await scene.SubmitAsync(body: new byte[Limits.InlineBytes]);

        var first = await worker.SendAsync(worker.Next(waitSeconds: 5, slots: 20));
        var next = worker.Next(waitSeconds: 5, slots: 20);
        next.LeasesHeld.Add(
            first.Leases.Select(leased => new Wire.HeldLease { Job = leased.Job, Attempt = leased.Attempt })
        );
        var second = await worker.SendAsync(next);

        Assert.Equal(9, first.Leases.Count); // eight jobs reach the limit, the ninth exceeds it
        Assert.Equal(9, second.Leases.Count);
        Assert.All(first.Leases.Concat(second.Leases), leased => Assert.Equal(1u, leased.Lease.Attempt));
        Assert.Equal(18, first.Leases.Concat(second.Leases).Select(leased => leased.Lease.Job).Distinct().Count());
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData(null)]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Any_other_content_type_is_rejected_with_the_two_supported_types(string? contentType)
    {
        await using var scene = await ServerScene.StartAsync();

        using var response = await scene
            .Worker()
            .PostAsync("{}"u8.ToArray(), contentType, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        var words = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains(WireWorker.Protobuf, words);
        Assert.Contains(WireWorker.Json, words);
    }

    [Theory]
    [InlineData(WireWorker.Protobuf, "\xff\xff\xff")]
    [InlineData(WireWorker.Json, "{\"worker\":")]
    [InlineData(WireWorker.Json, "{\"nosuchfield\":1}")]
    [InlineData(WireWorker.Json, "[]")]
    [InlineData(WireWorker.Json, "")]
    public async Task A_message_that_cannot_be_parsed_is_a_bad_request(string format, string body)
    {
        await using var scene = await ServerScene.StartAsync();

        using var response = await scene
            .Worker()
            .PostAsync(Encoding.Latin1.GetBytes(body), format, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(
            "/problems/bad-request",
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task Every_error_in_a_message_is_reported_with_its_path()
    {
        await using var scene = await ServerScene.StartAsync();
        var worker = scene.Worker();
        var request = worker.Next();
        request.Worker = "Other";
        request.Incarnation = 0;
        request.Store = "here";
        request.Slots = 0;
        request.Prefetch = 1_000_000;
        request.Wait = Duration.FromTimeSpan(TimeSpan.FromSeconds(-1));
        request.Offers.Add(
            new Wire.Offer
            {
                Method = "echo",
                Version = 1,
                Schema = WireWorker.EchoSchema,
            }
        );
        request.Offers.Add(
            new Wire.Offer
            {
                Method = "ECHO",
                Version = 0,
                Schema = "[]",
            }
        );
        request.LeasesHeld.Add(new Wire.HeldLease { Progress = new Wire.Progress { Fraction = 2 } });
        request.Outcomes.Add(new Wire.Outcome { Job = 1, Attempt = 1 });
        request.Predecessor = new Wire.Predecessor();

        using var response = await worker.PostAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var problem = JsonDocument.Parse(
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
        var paths = problem
            .RootElement.GetProperty("errors")
            .EnumerateArray()
            .Select(fault => fault.GetProperty("path").GetString())
            .ToHashSet();
        Assert.Superset(
            new HashSet<string?>
            {
                "$.worker",
                "$.incarnation",
                "$.store",
                "$.slots",
                "$.prefetch",
                "$.wait",
                "$.offers[1]",
                "$.offers[2].method",
                "$.offers[2].version",
                "$.offers[2].schema",
                "$.leases_held[0].job",
                "$.leases_held[0].progress.fraction",
                "$.outcomes[0].kind",
                "$.predecessor.incarnation",
                "$.predecessor.how",
            },
            paths
        );
    }

    [Fact]
    public async Task A_message_over_the_limit_is_rejected_before_it_is_read_and_the_reply_states_the_limit()
    {
        await using var scene = await ServerScene.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, scene.Worker().Path)
        {
            Content = new ByteArrayContent(new byte[ExchangeRoutes.MaxMessageBytes + 1]),
        };
        request.Content.Headers.ContentType = new(WireWorker.Protobuf);
        request.Headers.ExpectContinue = true;

        using var response = await scene.Client().SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains(
            $"{ExchangeRoutes.MaxMessageBytes}",
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task One_report_can_contain_several_results_of_the_maximum_size()
    {
        await using var scene = await ServerScene.StartAsync();
        var worker = scene.Worker();
        await worker.SendAsync(worker.Next(slots: 4));
        for (var i = 0; i < 4; i++)
            await scene.SubmitAsync();
        var granted = await worker.SendAsync(worker.Next(waitSeconds: 5, slots: 4));

        var reply = await worker.SendAsync(
            worker.Report([
                .. granted.Leases.Select(leased =>
                    WireWorker.Succeeded(leased.Lease, new string('x', Limits.InlineBytes))
                ),
            ])
        );

        Assert.Equal(4, reply.Acks.Count(ack => ack.Status == Wire.Ack.Types.Status.Recorded));
    }

    [Fact]
    public async Task A_worker_of_another_store_is_told_to_terminate()
    {
        await using var scene = await ServerScene.StartAsync();
        var worker = scene.Worker();
        var request = worker.Next();
        request.Store = new string('a', 32);

        var reply = await worker.SendAsync(request);

        Assert.Contains(scene.Server.JobStore.Store.Id.Text, reply.Terminate);
    }

    [Fact]
    public void The_enum_values_of_the_wire_format_match_those_of_the_core()
    {
        AssertSame<Wire.Outcome.Types.Kind, OutcomeKind>();
        AssertSame<Wire.Predecessor.Types.How, ExitKind>();
        AssertSame<Wire.Ack.Types.Status, AckStatus>();
        AssertSame<Wire.StopRequest.Types.Reason, StopReason>();
    }

    private static void AssertSame<TWire, TCore>()
        where TWire : struct, Enum
        where TCore : struct, Enum
    {
        static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
        var wire = Enum.GetValues<TWire>()
            .Where(value => Convert.ToInt32(value, null) != 0)
            .ToDictionary(value => Convert.ToInt32(value, null), value => Plain(value.ToString()));
        var core = Enum.GetValues<TCore>()
            .Where(value => Convert.ToInt32(value, null) != 0)
            .ToDictionary(value => Convert.ToInt32(value, null), value => Plain(value.ToString()));
        Assert.Equal(core.OrderBy(pair => pair.Key), wire.OrderBy(pair => pair.Key));
    }
}
