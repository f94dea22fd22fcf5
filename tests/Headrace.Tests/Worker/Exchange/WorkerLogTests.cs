using Headrace.Worker.Exchange;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

public sealed class WorkerLogTests
{
    [Fact]
    public void A_message_of_the_server_cannot_control_the_terminal_of_a_worker()
    {
        using var output = new StringWriter();
        var log = new WorkerLog(output);

        log.Write("The server ended this worker: \u001b]0;pwned\u0007 first\nsecond\r");
        log.Close(TimeSpan.FromSeconds(30));

        Assert.Equal("The server ended this worker:  ]0;pwned  first\nsecond \n", output.ToString());
    }
}
