using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>Runs the commands in docs/models.md.</summary>
[Trait("Needs", "Servers")]
public sealed class ModelsPageTests
{
    [Fact]
    public async Task Every_command_produces_the_printed_output() =>
        Assert.InRange(await DocumentCommands.RunAsync("docs/models.md"), 7, int.MaxValue);
}
