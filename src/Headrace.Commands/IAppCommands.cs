using System.CommandLine;

namespace Headrace.Commands;

/// <summary>The commands that an application adds to the command line, such as <c>headrace benchop</c>.</summary>
public interface IAppCommands
{
    /// <summary>Creates the commands. They appear in <c>headrace</c> alongside the built-in commands.</summary>
    IReadOnlyList<Command> Create();
}
