using System.CommandLine;
using Headrace.Commands.Output;
using Headrace.Protocol.Local;

namespace Headrace.Commands;

/// <summary>The context that a program passes to the command that it invokes.</summary>
/// <param name="terminal">The terminal to which the command writes.</param>
/// <param name="configuredServer">
/// Reads the server address from the user's configuration; returns null if none is specified.
/// </param>
internal sealed class CommandInvocation(Terminal terminal, Func<NamedServer?> configuredServer)
    : InvocationConfiguration
{
    public Terminal Terminal { get; } = terminal;

    public DiscoverySources Sources => DiscoverySources.OfThisProcess() with { ConfiguredServer = configuredServer };
}
