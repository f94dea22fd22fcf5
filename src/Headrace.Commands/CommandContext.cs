using System.CommandLine;
using Headrace.Client;
using Headrace.Commands.Output;
using Headrace.Protocol.Local;

namespace Headrace.Commands;

/// <summary>One invocation of a command: its options, its terminal, and its connection to the server.</summary>
public sealed class CommandContext
{
    private readonly ParseResult _parsed;
    private readonly CommandInvocation _invocation;

    internal CommandContext(ParseResult parsed)
    {
        (_parsed, _invocation) = (parsed, (CommandInvocation)parsed.InvocationConfiguration);
        (Json, Quiet) = (parsed.GetValue(GlobalOptions.Json), parsed.GetValue(GlobalOptions.Quiet));
    }

    public Terminal Terminal => _invocation.Terminal;

    public bool Json { get; }

    public bool Quiet { get; }

    public T? Value<T>(Option<T> option) => _parsed.GetValue(option);

    /// <summary>Returns whether an option was given on the command line.</summary>
    public bool IsSet(Option option) => _parsed.GetResult(option) is { Implicit: false };

    public T Value<T>(Argument<T> argument) => _parsed.GetRequiredValue(argument);

    /// <summary>
    /// The server specified by an option, the environment or the user's configuration; null if none is specified.
    /// </summary>
    public NamedServer? NamedServer =>
        _parsed.GetValue(GlobalOptions.Server) is { } option
            ? new NamedServer(option, GlobalOptions.Server.Name)
            : ServerDiscovery.FindNamed(_invocation.Sources);

    /// <summary>
    /// Connects to the server specified by an option, the environment or the configuration or, if none is specified, to
    /// a server running on this machine. The retry limits are taken from <paramref name="options"/>.
    /// </summary>
    public HeadraceClient Connect(HeadraceClientOptions? options = null)
    {
        var named = NamedServer;
        var client = new HeadraceClient(
            (options ?? new HeadraceClientOptions()) with
            {
                Server = _parsed.GetValue(GlobalOptions.Server),
            }
        );
        if (named is null && ServerDiscovery.FindRunning(_invocation.Sources).Count() is var running and > 1)
            WriteNote(
                $"You have {running} servers running on this machine. Using the newest, {client.Server}. "
                    + "Use --server to select a different one."
            );
        return client;
    }

    /// <summary>Writes a message to standard error, except with <c>--quiet</c>.</summary>
    public void WriteNote(string message)
    {
        if (!Quiet)
            Terminal.WriteNote(message);
    }

    /// <summary>Reports the number of submissions that <paramref name="client"/> had to send more than once.</summary>
    public void NoteRetries(HeadraceClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (client.RetriedSubmissions > 0)
            WriteNote(
                $"{client.RetriedSubmissions} submission(s) were sent again because the outcome of the first "
                    + "attempt was unknown. Their idempotency keys ensure that each one created only one job."
            );
    }
}
