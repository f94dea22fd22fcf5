using Headrace.Cli.Up;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class WorkerCommandTests
{
    [Fact]
    public void Program_starts_itself_and_dotnet_starts_the_file_of_its_first_argument()
    {
        Assert.Equal(["/opt/headrace", "worker", "start"], WorkerCommand.Of("/opt/headrace", "/opt/headrace.dll"));
        Assert.Equal(
            ["/usr/bin/dotnet", "/opt/headrace.dll", "worker", "start"],
            WorkerCommand.Of("/usr/bin/dotnet", "/opt/headrace.dll")
        );
    }
}
