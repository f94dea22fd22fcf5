using Headrace.Client;
using Headrace.Commands;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class ExitCodeTests
{
    /// <summary>What each problem of the server means for a script.</summary>
    private static readonly Dictionary<string, int> Codes = new()
    {
        ["bad-request"] = ExitCode.Usage,
        ["unauthorized"] = ExitCode.NotAllowed,
        ["forbidden"] = ExitCode.NotAllowed,
        ["foreign-origin"] = ExitCode.NotAllowed,
        ["not-found"] = ExitCode.NotFound,
        ["unknown-method"] = ExitCode.NotFound,
        ["method-not-allowed"] = ExitCode.Usage,
        ["ended-already"] = ExitCode.Refused,
        ["not-ended"] = ExitCode.Refused,
        ["queue-draining"] = ExitCode.Refused,
        ["not-retryable"] = ExitCode.Refused,
        ["version-conflict"] = ExitCode.Refused,
        ["name-in-use"] = ExitCode.Refused,
        ["limit-reached"] = ExitCode.Refused,
        ["last-admin"] = ExitCode.Refused,
        ["no-result"] = ExitCode.JobFailed,
        ["too-large"] = ExitCode.Refused,
        ["unsupported-type"] = ExitCode.Usage,
        ["bad-range"] = ExitCode.Usage,
        ["expectation-failed"] = ExitCode.Usage,
        ["misdirected-request"] = ExitCode.Usage,
        ["invalid-params"] = ExitCode.Usage,
        ["key-reused"] = ExitCode.Refused,
        ["unstorable"] = ExitCode.Refused,
        ["queue-full"] = ExitCode.Refused,
        ["server-full"] = ExitCode.Refused,
        ["quota-exceeded"] = ExitCode.Refused,
        ["lease-lost"] = ExitCode.Refused,
        ["too-many-children"] = ExitCode.Refused,
        ["too-many-sweeps"] = ExitCode.Refused,
        ["too-many-readers"] = ExitCode.Refused,
        ["too-many-attempts"] = ExitCode.Refused,
        ["internal"] = ExitCode.Unreachable,
        ["damaged"] = ExitCode.Unreachable,
        ["unavailable"] = ExitCode.Refused,
        ["storage-full"] = ExitCode.Refused,
        ["registry-full"] = ExitCode.Refused,
    };

    [Fact]
    public void Every_problem_of_the_server_has_an_exit_code()
    {
        var codes = ProblemKinds.All.ToDictionary(
            kind => kind.Name,
            kind => ExitCode.FromException(Rejection(kind.Name, kind.Status)) ?? -1
        );

        Assert.Equal(Codes.OrderBy(code => code.Key), codes.OrderBy(code => code.Key));
    }

    [Theory]
    [InlineData(409, ExitCode.Refused)]
    [InlineData(422, ExitCode.Usage)]
    [InlineData(502, ExitCode.Unreachable)]
    public void An_unknown_problem_has_the_exit_code_of_its_status(int status, int code) =>
        Assert.Equal(code, ExitCode.FromException(Rejection("x", status)));

    private static HeadraceProblemException Rejection(string name, int status) =>
        new(
            new ProblemReply
            {
                Type = $"/problems/{name}",
                Title = "x",
                Status = status,
                Detail = "x",
            }
        );

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
