using Headrace.Core;
using Headrace.Server.Http;
using Xunit;

namespace Headrace.Tests.Server.Http;

public sealed class ProblemTests
{
    [Fact]
    public void Every_rejection_by_the_broker_is_a_problem_with_its_detail()
    {
        foreach (var kind in Enum.GetValues<RejectionKind>())
        {
            var problem = Problem.Of(new Rejection(kind, "the words") { RetryAfter = TimeSpan.FromSeconds(3) });

            Assert.Contains(problem.Kind, ProblemKinds.All);
            Assert.Equal(("the words", 3d), (problem.ToReply().Detail, problem.ToReply().RetryAfter));
        }
    }

    [Fact]
    public void Every_problem_kind_has_a_unique_name_an_explanation_and_a_remedy()
    {
        Assert.Equal(ProblemKinds.All.Count, ProblemKinds.All.Select(kind => kind.Name).Distinct().Count());
        foreach (var kind in ProblemKinds.All)
        {
            Assert.Matches("^[a-z]+(-[a-z]+)*$", kind.Name);
            Assert.InRange(kind.Status, 400, 599);
            Assert.Same(kind, ProblemKinds.Find(kind.Name));
            Assert.EndsWith(".", kind.Explanation, StringComparison.Ordinal);
            Assert.EndsWith(".", kind.Remedy, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(400, "bad-request")]
    [InlineData(404, "not-found")]
    [InlineData(405, "method-not-allowed")]
    [InlineData(408, "bad-request")]
    [InlineData(413, "too-large")]
    [InlineData(500, "internal")]
    [InlineData(501, "internal")]
    [InlineData(503, "unavailable")]
    public void An_HTTP_status_without_details_maps_to_a_problem_kind(int status, string name) =>
        Assert.Equal(name, ProblemKinds.Of(status).Name);

    [Theory]
    [InlineData(null, 5d)]
    [InlineData(2d, 2d)]
    public void A_closed_shard_states_a_retry_time(double? known, double told)
    {
        var problem = Problem.Of(
            new MailboxClosedException(
                "The server is loading its store.",
                known is { } seconds ? TimeSpan.FromSeconds(seconds) : null
            )
        );

        Assert.Equal(
            ("unavailable", 503, told),
            (problem.Kind.Name, problem.Kind.Status, problem.ToReply().RetryAfter)
        );
    }
}
