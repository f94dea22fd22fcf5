using Headrace.Bench.Speed;
using Headrace.Bench.Speed.Loads;
using Headrace.Protocol.Json;
using Headrace.Tests.Server;
using Headrace.Tests.Server.Accounts;
using Xunit;

namespace Headrace.Tests.Bench.Speed;

public sealed class LoadCredentialTests : AccountScene
{
    /// <summary>
    /// The server omits the counts of jobs for a submitter, so a load that counted with its own key waited in vain.
    /// </summary>
    [Fact]
    public async Task A_load_with_the_key_of_a_submitter_notices_that_its_jobs_have_ended()
    {
        var key = await CreateKeyAsync(new CreateKeyRequest { Name = "load", Roles = ["submitter"] });
        using var target = new Target(Server.Server.Ready.Url, key.Key!, Server.Key);
        var worker = await JoinAsync("noop", """{"type":"object"}""");

        var round = new SingleLoad(target, new LoadSpec(LoadKinds.Single, 1)).RoundAsync(
            1,
            TestContext.Current.CancellationToken
        );
        await worker.SucceedAsync(await worker.ClaimAsync(), "");
        var measured = await Eventually.EndsAsync("the round to end", round);

        Assert.Equal(1, measured.Count);
    }
}
