using Headrace.Bridges;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Xunit;

namespace Headrace.Tests.Bridges;

public sealed class SubmissionRuleTests
{
    private static readonly string[] FaultsOfTheMessage = ["bad-request", "invalid-params", "too-large"];

    [Fact]
    public void An_accepted_message_is_settled() =>
        Assert.Equal(MessageFate.Settle, SubmissionRule.Decide(null, hasOwnId: false));

    [Fact]
    public void Only_a_fault_of_the_message_makes_it_a_dead_letter()
    {
        // Every other problem also affects the next message, and no message must be lost before the problem is solved.
        foreach (var kind in ProblemKinds.All.Where(kind => kind.Name != "key-reused"))
            Assert.Equal(
                FaultsOfTheMessage.Contains(kind.Name) ? MessageFate.Reject : MessageFate.Hold,
                SubmissionRule.Decide(ProblemOf(kind), hasOwnId: false)
            );
        Assert.Empty(FaultsOfTheMessage.Except(ProblemKinds.All.Select(kind => kind.Name)));
    }

    [Fact]
    public void A_token_that_names_another_job_is_replaced_and_an_id_of_the_sender_is_not()
    {
        var problem = ProblemOf(ProblemKinds.KeyReused);

        Assert.Equal(MessageFate.Rename, SubmissionRule.Decide(problem, hasOwnId: false));
        Assert.Equal(MessageFate.Reject, SubmissionRule.Decide(problem, hasOwnId: true));
    }

    private static ProblemReply ProblemOf(ProblemKind kind) => new Problem(kind, "why").ToReply();
}
