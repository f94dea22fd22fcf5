using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>
/// Executes the commands in docs/apps/benchop.md as printed, except the run of all methods, which takes minutes.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class BenchopPageTests
{
    [Fact]
    public async Task The_commands_of_the_page_print_what_it_shows()
    {
        // The time of a method and the width of its confidence interval depend on the machine.
        var ran = await DocumentCommands.RunAsync(
            "docs/apps/benchop.md",
            text => text.Replace("79.88\t4.6 %", PrintedOutput.Wildcard, StringComparison.Ordinal)
        );

        Assert.Equal(4, ran);
    }
}
