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

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(UnauthorizedAccessException))]
    [InlineData(typeof(ObjectDisposedException))]
    public void A_message_that_cannot_be_written_does_not_end_the_log(Type failure)
    {
        using var output = new FailingWriter(failure);
        var log = new WorkerLog(output);

        log.Write("first");
        log.Write("second");
        log.Close(TimeSpan.FromSeconds(30));

        Assert.Equal(["first", "second"], output.Lines);
    }

    /// <summary>Standard error that is closed or full.</summary>
    private sealed class FailingWriter(Type failure) : StringWriter
    {
        public List<string?> Lines { get; } = [];

        public override void WriteLine(string? value)
        {
            Lines.Add(value);
            throw (Exception)Activator.CreateInstance(failure, "closed")!;
        }
    }
}
