using System.Net;
using Headrace.Core;
using Headrace.Protocol.Wire;
using Headrace.Server.Http;
using Headrace.Server.Workers;
using Headrace.Tests.Server.Shards;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headrace.Tests.Server.Workers;

/// <summary>
/// Tests that a worker loses nothing when its message causes an unexpected exception, because it sends the same message
/// again.
/// </summary>
public sealed class ExchangeFaultTests(FaultyScene scene) : IClassFixture<FaultyScene>
{
    [Theory]
    [InlineData(WireWorker.Protobuf)]
    [InlineData(WireWorker.Json)]
    public async Task A_message_that_failed_can_be_sent_again(string format)
    {
        var worker = scene.Server.Worker($"again-{format.Length}");
        worker.Format = format;
        var exchange = worker.Next();
        Assert.Equal(HttpStatusCode.InternalServerError, await FailAsync(worker, exchange));
        await worker.SendAsync(exchange);

        var job = await scene.Server.SubmitAsync("echo");
        var lease = Assert.Single((await worker.SendAsync(worker.Next(waitSeconds: 10))).Leases);
        var report = worker.Report(WireWorker.Succeeded(lease.Lease, "done"));
        Assert.Equal(HttpStatusCode.InternalServerError, await FailAsync(worker, report));
        var reply = await worker.SendAsync(report);

        Assert.Equal(job.ToString(), $"{lease.Job}");
        Assert.Single(reply.Acks);
        Assert.Equal("succeeded", (await scene.GetJobAsync($"{lease.Job}")).State);
    }

    [Fact]
    public async Task Leases_whose_bodies_cannot_be_read_are_sent_in_the_reply_to_the_repeated_message()
    {
        var worker = scene.Server.Worker("unread");
        await worker.SendAsync(worker.Next());
        await scene.Server.SubmitAsync("echo", body: new byte[100_000]);
        var services = scene.Server.Server.Services;
        var memory = services.GetRequiredService<ReplyBudget>().Available;
        var exchange = worker.Next(waitSeconds: 10);
        scene.Store.OnRead = keys =>
            keys.Any(key => key is RowKey.Payload { Kind: PayloadKind.Input })
                ? throw new InvalidOperationException("Broken.")
                : Task.CompletedTask;
        try
        {
            using var failed = await worker.PostAsync(exchange);
            Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
        }
        finally
        {
            scene.Store.OnRead = null;
        }

        var leased = Assert.Single((await worker.SendAsync(exchange)).Leases);

        Assert.Equal((1u, 100_000), (leased.Attempt, leased.Body.Length));
        await Eventually.HoldsAsync(
            "the memory of the replies to be released",
            () => services.GetRequiredService<ReplyBudget>().Available == memory
        );
        Assert.True(services.GetRequiredService<ExchangeHandler>().MessageBudget.Available > 0);
        await worker.SendAsync(worker.Report(WireWorker.Succeeded(leased.Lease, "done")));
    }

    private async Task<HttpStatusCode> FailAsync(WireWorker worker, ExchangeRequest message)
    {
        scene.Router.Fails = command => command is Command.Exchange or Command.Report;
        try
        {
            using var response = await worker.PostAsync(message);
            return response.StatusCode;
        }
        finally
        {
            scene.Router.Fails = null;
        }
    }
}
