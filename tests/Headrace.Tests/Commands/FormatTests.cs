using Headrace.Commands.Output;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Commands;

public sealed class FormatTests
{
    [Theory]
    [InlineData("exhausted", "ValueError", "failed (exhausted): ValueError: no luck")]
    [InlineData("error", "Error", "failed (error): no luck")]
    [InlineData("error", "", "failed (error): no luck")]
    [InlineData("rejected", "Rejected", "failed (rejected): no luck")]
    [InlineData("too-large", "TooLarge", "failed (too-large): no luck")]
    [InlineData("timeout", "TimeLimit", "failed (timeout): TimeLimit: no luck")]
    public void The_end_of_a_failed_job_shows_the_type_of_its_error_unless_that_says_nothing_new(
        string reason,
        string type,
        string text
    ) =>
        Assert.Equal(
            text,
            Format.End(
                new JobReply
                {
                    Id = "42",
                    State = "failed",
                    Reason = reason,
                    Queue = "default",
                    Method = "noop@1",
                    Error = new ErrorReply(type, "no luck", null),
                }
            )
        );
}
