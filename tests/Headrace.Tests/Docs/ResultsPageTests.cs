using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>Executes the commands in docs/results.md as printed.</summary>
[Trait("Needs", "Servers")]
public sealed class ResultsPageTests
{
    [Fact]
    public async Task The_commands_of_the_page_print_what_it_shows() =>
        Assert.InRange(await DocumentCommands.RunAsync("docs/results.md"), 5, int.MaxValue);
}
