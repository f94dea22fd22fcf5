using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Hosting;
using Headrace.Server.Pools;
using Headrace.Tests.Server.Accounts;
using Xunit;

namespace Headrace.Tests.Server.Pools;

/// <summary>Tests which callers can see queue names in a pool's scaling decisions.</summary>
public sealed class PoolRoutesTests(PoolScene scene) : IClassFixture<PoolScene>
{
    private static readonly Reason Reason = new(
        "The oldest job of secret/noop has been waiting for 20 s.",
        "The oldest job of method noop has been waiting for 20 s."
    );

    [Theory]
    [InlineData("viewer", true)]
    [InlineData("submitter", true)]
    [InlineData("operator", true)]
    [InlineData("admin", true)]
    [InlineData("viewer=eu", false)]
    [InlineData("submitter=eu,secret", false)]
    [InlineData("operator=eu", false)]
    [InlineData("admin=eu", false)]
    public async Task A_decision_names_a_queue_only_to_callers_who_may_see_every_queue(string role, bool isNamed)
    {
        var pool = scene.Server.Server.Pools[0];
        pool.History.Add(new ScalingDecision(DateTimeOffset.UnixEpoch, 1, 1, [], Reason));
        using var client = await scene.KeyClientAsync($"pool-{role.Replace('=', '-').Replace(',', '-')}", role);

        var pools = await AccountScene.GetAsync(client, "/v1/pools", HeadraceJson.Default.IReadOnlyListPoolReply);
        var decisions = await AccountScene.GetAsync(
            client,
            $"/v1/pools/{pool.Definition.Name}/why?changes=true",
            HeadraceJson.Default.IReadOnlyListPoolDecisionReply
        );

        var expected = isNamed ? Reason.Detail : Reason.Public;
        Assert.Equal(expected, decisions[0].Reason);
        if (!isNamed)
            Assert.DoesNotContain("secret", pools[0].Last?.Reason ?? "", StringComparison.Ordinal);
    }
}

/// <summary>A server with a pool that starts no workers, because no jobs are waiting for it.</summary>
public sealed class PoolScene : AccountScene
{
    private protected override ServerOptions Options(ServerOptions options) =>
        options with
        {
            Pools = [new PoolOptions { Name = "small", Methods = ["nosuch"] }],
            WorkerCommand = ["/bin/false"],
        };
}
