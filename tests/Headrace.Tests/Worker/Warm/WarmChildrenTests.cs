using System.Text;
using Headrace.Worker.Processes;
using Headrace.Worker.Warm;
using Xunit;

namespace Headrace.Tests.Worker.Warm;

/// <summary>Tests children whose descriptions are invalid, so that they are not sent to the server.</summary>
public sealed class WarmChildrenTests
{
    private const string Retries = "max is -1. Use a whole number from 0 to 1000.";

    [Theory]
    [InlineData("""{"method":"m","retries":-1}""", "retries is not valid: " + Retries)]
    [InlineData("""{"method":"m","retry":{"max":-1}}""", "retry is not valid: " + Retries)]
    [InlineData(
        """{"method":"m","priority":9223372036854775808}""",
        "The JSON is not valid at line 1, byte 45 ($.priority): it must be a 32-bit integer."
    )]
    [InlineData(
        """{"method":"m","timeLimit":"-1s"}""",
        "timeLimit is '-1s', which is not valid. Use a number followed by a unit (ms, s, m, h or d), such as \"15s\"."
    )]
    [InlineData(
        """{"method":"m","idempotencyKey":"k"}""",
        "A child has no idempotencyKey, because it exists only if the attempt succeeds. Leave it out."
    )]
    public void An_invalid_description_is_refused_with_its_number_the_value_and_the_remedy(string json, string fault)
    {
        using var wake = Descriptor.Event();
        var children = new WarmChildren(wake);
        WarmChild[] described =
        [
            new("""{"method":"m"}"""u8.ToArray(), default),
            new(Encoding.UTF8.GetBytes(json), default),
        ];

        // The job and the process are not used, because nothing is sent.
        children.Submit(job: null!, new WarmFrame.Submit(2, 1, described), process: null!);

        Assert.True(children.TryTake(out _, out var answer));
        Assert.Equal(
            new WarmFrame.Refused(2, 1, "bad-request", $"The description of child 2 is not valid. {fault}"),
            answer
        );
    }
}
