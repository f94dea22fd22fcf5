using System.CommandLine;

namespace Headrace.Commands;

/// <summary>A command with examples for its help page.</summary>
// CA1010: the base class is a non-generic collection only to support collection initializers.
#pragma warning disable CA1010
public sealed class CliCommand(string name, string description) : Command(name, description)
#pragma warning restore CA1010
{
    /// <summary>Example command lines, with a description of the effect of each.</summary>
    public IReadOnlyList<(string Line, string Effect)> Examples { get; init; } = [];

    public void SetAction(Func<CommandContext, CancellationToken, Task<int>> action) =>
        SetAction((parsed, cancellationToken) => action(new CommandContext(parsed), cancellationToken));
}
