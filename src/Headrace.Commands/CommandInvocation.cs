using System.CommandLine;
using Headrace.Commands.Output;

namespace Headrace.Commands;

/// <summary>What a program gives to the command that it invokes.</summary>
/// <param name="terminal">Where the command writes.</param>
/// <param name="configuredServer">Reads the server that the user's configuration names; null if it names none.</param>
internal sealed class CommandInvocation(Terminal terminal, Func<NamedServer?> configuredServer)
    : InvocationConfiguration
{
    public Terminal Terminal { get; } = terminal;

    public NamedServer? ConfiguredServer => configuredServer();
}
