using Headrace.Cli.Up;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class WorkerCommandTests
{
    [Fact]
    public void Program_starts_itself_again_and_dotnet_with_the_file_it_was_given()
    {
        Assert.Equal(["/opt/headrace", "worker"], WorkerCommand.Of("/opt/headrace", "/opt/headrace.dll"));
        Assert.Equal(
            ["/usr/bin/dotnet", "/opt/headrace.dll", "worker"],
            WorkerCommand.Of("/usr/bin/dotnet", "/opt/headrace.dll")
        );
    }
}
