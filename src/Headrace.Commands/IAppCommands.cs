using System.CommandLine;

namespace Headrace.Commands;

/// <summary>The commands that an application adds to the command line, such as <c>headrace benchop</c>.</summary>
public interface IAppCommands
{
    /// <summary>Creates the commands. The command line shows them beside its own.</summary>
    IReadOnlyList<Command> Create();
}
