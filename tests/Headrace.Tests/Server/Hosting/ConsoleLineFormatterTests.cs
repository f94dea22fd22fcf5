using Headrace.Server.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class ConsoleLineFormatterTests
{
    [Fact]
    public void A_line_of_another_program_can_neither_control_the_terminal_nor_forge_a_line()
    {
        var output = new StringWriter { NewLine = "\n" };
        var entry = new LogEntry<string>(
            LogLevel.Information,
            "x",
            default,
            "[w] \u001b]0;pwned\u0007\n12:00:00.000 FATAL forged",
            new InvalidOperationException("first\u001b[31m\nsecond"),
            (state, _) => state
        );

        new ConsoleLineFormatter(TimeProvider.System).Write(entry, null, output);

        Assert.DoesNotContain(output.ToString(), c => c != '\n' && char.IsControl(c));
        Assert.Contains(
            "info  [w]  ]0;pwned  12:00:00.000 FATAL forged\n",
            output.ToString(),
            StringComparison.Ordinal
        );
        Assert.Contains("second", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_event_that_quotes_megabytes_is_cut_off()
    {
        var output = new StringWriter();
        var text = new string('m', 2_000_000);
        var entry = new LogEntry<string>(
            LogLevel.Error,
            "x",
            default,
            text,
            new InvalidOperationException(text),
            (state, _) => state
        );

        new ConsoleLineFormatter(TimeProvider.System).Write(entry, null, output);

        Assert.InRange(output.ToString().Length, 10_000, 30_000);
    }
}
