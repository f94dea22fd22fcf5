using System.Net;
using System.Net.Sockets;
using System.Text;
using Headrace.Protocol.Wire;
using Headrace.Server.Events;
using Headrace.Tests.Server.Accounts;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headrace.Tests.Server.Events;

public sealed class EventRoutesTests(AccountScene scene) : IClassFixture<AccountScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_life_of_a_job_is_sent_in_the_order_of_its_commits()
    {
        var worker = await scene.JoinAsync("life");
        await using var events = await EventListener.OpenAsync(scene.Http, "?q=method:life");
        var (first, data) = await events.NextAsync();
        Assert.Equal(("resync", "start"), (first, data.GetProperty("reason").GetString()));

        var id = await scene.SubmitAsync("""{"method":"life","queue":"eu","params":{}}""");
        var leased = await worker.ClaimAsync();
        await worker.SucceedAsync(leased, "done");

        var ready = (await events.NextAsync()).Data;
        Assert.Equal((id, "ready"), (ready.GetProperty("id").GetString(), ready.GetProperty("state").GetString()));
        Assert.Equal(("eu", "life", "admin"), Terms(ready));
        Assert.False(ready.TryGetProperty("previous", out _));
        var running = (await events.NextAsync()).Data;
        Assert.Equal(("ready", "running"), Move(running));
        Assert.Equal(1, running.GetProperty("attempt").GetInt32());
        Assert.EndsWith("-life", running.GetProperty("worker").GetString(), StringComparison.Ordinal);
        Assert.Equal(("running", "succeeded"), Move((await events.NextAsync()).Data));
    }

    [Fact]
    public async Task A_failed_job_is_sent_with_its_reason_and_error()
    {
        var worker = await scene.JoinAsync("failing");
        await using var events = await EventListener.OpenAsync(scene.Http, "?q=state:failed%20method:failing");
        await scene.SubmitAsync("""{"method":"failing","params":{}}""");
        await worker.FailAsync(await worker.ClaimAsync(), "no such file");

        Assert.Equal(["failed"], await events.NextStatesAsync(1));
        await scene.SubmitAsync("""{"method":"failing","params":{}}""");
        await worker.FailAsync(await worker.ClaimAsync(), "no such file");
        var failed = (await events.NextAsync()).Data;
        Assert.Equal("error", failed.GetProperty("reason").GetString());
        Assert.Equal("no such file", failed.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task Progress_and_logs_of_a_running_job_are_sent()
    {
        var wire = scene.Server.Worker("progressing");
        var request = wire.Next(slots: 1);
        request.Offers[0].Method = "progressing";
        await wire.SendAsync(request);
        var id = await scene.SubmitAsync("""{"method":"progressing","params":{}}""");
        await using var events = await EventListener.OpenAsync(scene.Http, $"?job={id}");
        var claim = wire.Next(waitSeconds: 5);
        claim.Offers[0].Method = "progressing";
        var lease = Assert.Single((await wire.SendAsync(claim)).Leases);
        Assert.Equal(["running"], await events.NextStatesAsync(1));

        var report = wire.Report();
        report.LeasesHeld.Add(
            new HeldLease
            {
                Job = lease.Job,
                Attempt = lease.Attempt,
                Started = true,
                Progress = new Progress { Fraction = 0.25, Text = "a quarter" },
            }
        );
        report.Logs.Add(
            new LogLines
            {
                Job = lease.Job,
                Attempt = lease.Attempt,
                Lines = Google.Protobuf.ByteString.CopyFromUtf8("a line\n"),
            }
        );
        await wire.SendAsync(report);

        Assert.Equal("log", (await events.NextAsync()).Kind);
        var (kind, data) = await events.NextAsync();
        Assert.Equal("progress", kind);
        Assert.Equal(0.25, data.GetProperty("progress").GetProperty("fraction").GetDouble());
        Assert.Equal("a quarter", data.GetProperty("progress").GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_worker_that_joins_is_sent_to_readers_without_a_filter()
    {
        await using var everything = await EventListener.OpenAsync(scene.Http);
        await scene.JoinAsync("joining");

        while (true)
        {
            var (kind, data) = await everything.NextAsync();
            if (
                kind != "worker"
                || !data.GetProperty("name").GetString()!.EndsWith("-joining", StringComparison.Ordinal)
            )
                continue;
            Assert.Equal(
                ("joined", "elsewhere"),
                (data.GetProperty("change").GetString(), data.GetProperty("pool").GetString())
            );
            return;
        }
    }

    [Fact]
    public async Task A_worker_that_drains_is_sent()
    {
        var worker = scene.Server.Worker("drains", incarnation: 7);
        await worker.SendAsync(worker.Next());
        await using var events = await EventListener.OpenAsync(scene.Http);

        await scene.Server.DrainAsync("drains", incarnation: 7);

        Assert.Equal("draining", (await events.ReadNamedAsync("worker", "drains")).GetProperty("change").GetString());
    }

    [Theory]
    [InlineData("", 7)]
    [InlineData("?q=queue:changes", 8)]
    public async Task The_changes_of_a_queue_are_sent_to_its_readers(string query, int maxJobs)
    {
        await using var events = await EventListener.OpenAsync(scene.Http, query);

        foreach (var (action, change) in ((string, string)[])
            [("pause", "paused"), ("resume", "resumed"), ("drain", "draining"), ("resume", "resumed")])
        {
            using var done = await scene.SendAsync(HttpMethod.Post, $"/v1/queues/changes:{action}");
            Assert.Equal(HttpStatusCode.OK, done.StatusCode);
            var data = await events.ReadNamedAsync("queue", "changes");
            Assert.Equal(
                (change, "admin"),
                (data.GetProperty("change").GetString(), data.GetProperty("by").GetString())
            );
        }
        using var set = await scene.SendAsync(
            HttpMethod.Put,
            "/v1/queues/changes/settings",
            FrontScene.Json($$"""{"maxJobs":{{maxJobs}}}""")
        );
        Assert.Equal("changed", (await events.ReadNamedAsync("queue", "changes")).GetProperty("change").GetString());
    }

    [Theory]
    [InlineData("from-here")]
    [InlineData("to-there")]
    public async Task A_job_that_moves_is_sent_to_the_readers_of_both_queues(string queue)
    {
        var id = await scene.SubmitAsync("""{"method":"noop","queue":"from-here","params":{}}""");
        await using var events = await EventListener.OpenAsync(scene.Http, $"?q=queue:{queue}");
        Assert.Equal("resync", (await events.NextAsync()).Kind);

        using var move = await scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs:move",
            FrontScene.Json("""{"filter":"queue:from-here","queue":"to-there"}""")
        );
        Assert.Equal(HttpStatusCode.Accepted, move.StatusCode);
        var moved = await events.ReadUntilAsync("job", id, "ready");

        Assert.Equal(
            ("from-here", "to-there"),
            (moved.GetProperty("previousQueue").GetString(), moved.GetProperty("queue").GetString())
        );
        Assert.False(moved.TryGetProperty("previous", out _));
    }

    [Fact]
    public async Task A_reader_that_returns_with_its_last_id_misses_nothing()
    {
        await scene.JoinAsync("returning");
        string lastId;
        string first;
        await using (var events = await EventListener.OpenAsync(scene.Http, "?q=method:returning"))
        {
            first = await scene.SubmitAsync("""{"method":"returning","params":{}}""");
            await events.ReadUntilAsync("job", first, "ready");
            lastId = events.LastId;
        }
        var meanwhile = await scene.SubmitAsync("""{"method":"returning","params":{}}""");

        await using var again = await EventListener.OpenAsync(scene.Http, "?q=method:returning", lastId);

        Assert.Equal("heartbeat", (await again.NextAsync()).Kind);
        Assert.Equal(meanwhile, (await again.NextAsync()).Data.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("00000000-1", "restarted")]
    [InlineData("RUN-999999999", "behind")]
    public async Task A_reader_whose_last_event_is_not_known_is_told_so(string lastId, string reason)
    {
        var run = Hub.Run.ToString("x8", System.Globalization.CultureInfo.InvariantCulture);
        await using var events = await EventListener.OpenAsync(
            scene.Http,
            lastId: lastId.Replace("RUN", run, StringComparison.Ordinal)
        );

        var (kind, data) = await events.NextAsync();

        Assert.Equal(("resync", reason), (kind, data.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task A_caller_receives_only_events_of_jobs_that_it_may_read()
    {
        using var alice = await scene.KeyClientAsync("events-a", "submitter");
        using var bob = await scene.KeyClientAsync("events-b", "submitter");
        await using var events = await EventListener.OpenAsync(alice, "?q=queue:shared-events");
        await AccountScene.SubmitAsync(bob, "shared-events");
        var own = await AccountScene.SubmitAsync(alice, "shared-events");

        Assert.Equal("resync", (await events.NextAsync()).Kind);
        Assert.Equal(own, (await events.NextAsync()).Data.GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_stream_ends_when_the_key_of_its_reader_is_revoked()
    {
        using var carol = await scene.KeyClientAsync("events-c", "viewer");
        await using var events = await EventListener.OpenAsync(carol);
        Assert.Equal("resync", (await events.NextAsync()).Kind);

        using var revoke = await scene.Http.DeleteAsync("/v1/keys/events-c", Stop);
        await scene.SubmitAsync("{\"method\":\"noop\"}");

        await Assert.ThrowsAsync<EndOfStreamException>(events.NextAsync);
    }

    [Fact]
    public async Task A_stream_of_a_user_continues_until_the_roles_of_the_user_change()
    {
        using var dora = await scene.UserClientAsync("events-d", "viewer");
        await using var events = await EventListener.OpenAsync(dora, "?q=queue:events-d");
        Assert.Equal("resync", (await events.NextAsync()).Kind);
        for (var i = 0; i < 3; i++)
        {
            var id = await AccountScene.SubmitAsync(scene.Http, "events-d");
            Assert.Equal(id, (await events.NextAsync()).Data.GetProperty("id").GetString());
        }

        using var change = await scene.SendAsync(
            HttpMethod.Patch,
            "/v1/users/events-d",
            FrontScene.Json("{\"roles\":[\"viewer=elsewhere\"]}")
        );
        Assert.Equal(HttpStatusCode.OK, change.StatusCode);
        await AccountScene.SubmitAsync(scene.Http, "events-d");

        await Assert.ThrowsAsync<EndOfStreamException>(events.NextAsync);
    }

    [Theory]
    [InlineData("?q=state:nonsense", 400, "bad-request")]
    [InlineData("?job=x", 400, "bad-request")]
    [InlineData("?job=999999999", 404, "not-found")]
    [InlineData("?limit=1", 400, "bad-request")]
    public async Task A_request_that_selects_nothing_valid_is_rejected(string query, int status, string kind)
    {
        using var response = await scene.GetAsync($"/v1/events{query}");
        var problem = await FrontScene.TextAsync(response);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains($"/problems/{kind}", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_that_no_server_sent_is_rejected()
    {
        using var response = await scene.GetAsync("/v1/events", ("Last-Event-ID", "abc"));
        await FrontScene.AssertRefusedAsync(
            response,
            400,
            "bad-request",
            "Last-Event-ID 'abc' is not valid. Use the id of an event that this server sent, such as 5f3a9c21-42, or "
                + "leave the header out."
        );
    }

    [Fact]
    public async Task A_HEAD_request_ends_at_once()
    {
        using var response = await scene.SendAsync(HttpMethod.Head, "/v1/events");
        Assert.Equal((HttpStatusCode.OK, ""), (response.StatusCode, await FrontScene.TextAsync(response)));
    }

    [Fact]
    public async Task A_further_reader_is_rejected_with_the_limit_and_a_reader_that_leaves_makes_room()
    {
        await using var other = await ServerScene.StartAsync();
        var hub = other.Server.Services.GetRequiredService<EventHub>();
        var seats = Enumerable.Range(0, EventHub.MaxReaders - 1).Select(_ => hub.TryEnter()!).ToList();
        using var client = other.Client();
        await using (await EventListener.OpenAsync(client))
        {
            using var rejected = await client.GetAsync("/v1/events", Stop);
            Assert.Equal(HttpStatusCode.TooManyRequests, rejected.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(10), rejected.Headers.RetryAfter?.Delta);
            Assert.Contains(
                "1000 clients are already watching events",
                await FrontScene.TextAsync(rejected),
                StringComparison.Ordinal
            );
        }

        await Eventually.HoldsAsync("the departure of a reader", () => hub.Readers == EventHub.MaxReaders - 1);
        await using var again = await EventListener.OpenAsync(client);
        Assert.Equal("resync", (await again.NextAsync()).Kind);
        seats.ForEach(seat => seat.Dispose());
    }

    [Fact]
    public async Task A_server_that_stops_ends_the_streams()
    {
        await using var other = await ServerScene.StartAsync();
        await using var events = await EventListener.OpenAsync(other.Client());
        Assert.Equal("resync", (await events.NextAsync()).Kind);

        await Eventually.EndsAsync("the stop of the server", other.Server.StopAsync(CancellationToken.None));

        await Assert.ThrowsAsync<EndOfStreamException>(events.NextAsync);
    }

    [Fact]
    public async Task Readers_that_never_read_delay_neither_jobs_nor_other_readers()
    {
        var worker = await scene.JoinAsync("unread");
        var silent = new List<Socket>();
        try
        {
            for (var i = 0; i < 20; i++)
                silent.Add(await ConnectSilentlyAsync());
            await using var events = await EventListener.OpenAsync(scene.Http, "?q=method:unread");
            var ids = new List<string>();
            for (var i = 0; i < 200; i++)
                ids.Add(await scene.SubmitAsync("""{"method":"unread","params":{}}"""));

            await events.ReadUntilAsync("job", ids[^1], "ready");
        }
        finally
        {
            silent.ForEach(socket => socket.Dispose());
        }
        GC.KeepAlive(worker);
    }

    /// <summary>Sends a request and never reads the reply.</summary>
    private async Task<Socket> ConnectSilentlyAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveBufferSize = 4_096,
        };
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(scene.Server.Server.Ready.Socket), Stop);
        await socket.SendAsync(
            Encoding.ASCII.GetBytes(
                $"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {scene.Server.Key}\r\n\r\n"
            ),
            Stop
        );
        return socket;
    }

    private EventHub Hub => scene.Server.Server.Services.GetRequiredService<EventHub>();

    private static (string?, string?, string?) Terms(System.Text.Json.JsonElement job) =>
        (
            job.GetProperty("queue").GetString(),
            job.GetProperty("method").GetString(),
            job.GetProperty("owner").GetString()
        );

    private static (string?, string?) Move(System.Text.Json.JsonElement job) =>
        (job.GetProperty("previous").GetString(), job.GetProperty("state").GetString());
}
