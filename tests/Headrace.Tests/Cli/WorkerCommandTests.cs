using Headrace.Cli.Up;
using Headrace.Protocol.Local;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class WorkerCommandTests
{
    [Fact]
    public async Task Worker_uses_the_server_of_the_global_option()
    {
        var run = await CliProcess.RunAsync("worker", "start", "--server", "nonsense");

        Assert.Equal(WorkerProcess.Unusable, run.Code);
        Assert.Contains("'nonsense'", run.Error, StringComparison.Ordinal);
    }

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
