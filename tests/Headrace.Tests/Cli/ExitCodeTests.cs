using Headrace.Client;
using Headrace.Commands;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData(400, 2)]
    [InlineData(401, 4)]
    [InlineData(403, 4)]
    [InlineData(404, 5)]
    [InlineData(409, 1)]
    [InlineData(413, 6)]
    [InlineData(422, 2)]
    [InlineData(429, 6)]
    [InlineData(500, 3)]
    [InlineData(502, 3)]
    [InlineData(503, 6)]
    public void Problem_has_the_exit_code_of_its_status(int status, int code)
    {
        var refused = new HeadraceProblemException(
            new ProblemReply
            {
                Type = "/problems/x",
                Title = "x",
                Status = status,
                Detail = "x",
            }
        );

        Assert.Equal(code, ExitCode.FromException(refused));
    }

    [Fact]
    public void Other_failures_have_an_exit_code_and_bugs_have_none()
    {
        Assert.Equal(3, ExitCode.FromException(new ServerUnreachableException("s", "gone", mayHaveArrived: false)));
        Assert.Equal(
            1,
            ExitCode.FromException(
                new JobNotSucceededException(
                    new JobReply
                    {
                        Id = "1",
                        State = "failed",
                        Queue = "q",
                        Method = "m",
                    }
                )
            )
        );
        Assert.Equal(124, ExitCode.FromException(new TimeoutException()));
        Assert.Equal(130, ExitCode.FromException(new OperationCanceledException()));
        Assert.Equal(2, ExitCode.FromException(new UsageException("x")));
        Assert.Equal(2, ExitCode.FromException(new FileNotFoundException()));
        Assert.Null(ExitCode.FromException(new InvalidOperationException()));
    }
}
