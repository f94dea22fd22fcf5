using System.Net;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class ClockWarningTests : IDisposable
{
    private readonly ThrowAwayFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task A_server_that_was_off_for_three_days_is_ready_and_warns_that_deadlines_wait_R20()
    {
        await using (var before = await StartAsync(TimeSpan.Zero))
        {
            var worker = before.Worker();
            await worker.SendAsync(worker.Next());
            Assert.DoesNotContain("warning", await ReadyzAsync(before), StringComparison.Ordinal);
        }

        await using var after = await StartAsync(TimeSpan.FromDays(3));

        var text = await Eventually.SeesAsync(
            "the warning",
            async () =>
                await ReadyzAsync(after) is var reply && reply.Contains("warning", StringComparison.Ordinal)
                    ? reply
                    : null
        );
        Assert.Contains("72 hours ahead", text, StringComparison.Ordinal);
        Assert.Contains("15 minutes", text, StringComparison.Ordinal);
        await Eventually.HoldsAsync(
            "the log to say so",
            () => _log.Lines.Any(line => line.Contains("stepped forward by 72 hours", StringComparison.Ordinal))
        );
    }

    private readonly LinesOfLog _log = new();

    private async Task<ServerScene> StartAsync(TimeSpan ahead) =>
        await ServerScene.StartAsync(
            options => options with { Data = _data.Path, Store = StoreKind.Sqlite },
            parts => parts with { Time = new ShiftedTime(ahead), Logging = _log.To }
        );

    private static async Task<string> ReadyzAsync(ServerScene scene)
    {
        using var reply = await scene.Client("").GetAsync("/readyz", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        return await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The system clocks, with the wall clock set ahead.</summary>
    private sealed class ShiftedTime(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
    }
}
