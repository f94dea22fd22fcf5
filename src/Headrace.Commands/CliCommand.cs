using System.CommandLine;

namespace Headrace.Commands;

/// <summary>A command with examples for its help page.</summary>
// CA1010: a command is a collection only so that an initializer can list its parts; the library's base is not generic.
#pragma warning disable CA1010
public sealed class CliCommand(string name, string description) : Command(name, description)
#pragma warning restore CA1010
{
    /// <summary>Complete command lines, each with its effect.</summary>
    public IReadOnlyList<(string Line, string Effect)> Examples { get; init; } = [];

    public void SetAction(Func<CommandContext, CancellationToken, Task<int>> action) =>
        SetAction((parsed, cancellationToken) => action(new CommandContext(parsed), cancellationToken));
}
