using System.CommandLine;
using Headrace.Cli.Output;

namespace Headrace.Cli;

/// <summary>A command with examples for its help page.</summary>
internal sealed class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Whole command lines, each with what it does.</summary>
    public IReadOnlyList<(string Line, string Does)> Examples { get; init; } = [];

    public void Runs(Func<Call, CancellationToken, Task<int>> act) =>
        SetAction((parsed, cancellationToken) => act(new Call(parsed, Terminal.OfProcess()), cancellationToken));
}
