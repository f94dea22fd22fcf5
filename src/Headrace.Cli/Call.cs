using System.CommandLine;
using Headrace.Cli.Output;
using Headrace.Cli.Settings;
using Headrace.Client;
using Headrace.Protocol.Local;

namespace Headrace.Cli;

/// <summary>One run of a verb: what was given, where to write, and the way to the server.</summary>
internal sealed class Call(ParseResult parsed, Terminal terminal)
{
    public Terminal Terminal { get; } = terminal;

    public bool Json { get; } = parsed.GetValue(GlobalOptions.Json);

    public bool Quiet { get; } = parsed.GetValue(GlobalOptions.Quiet);

    public T? Value<T>(Option<T> option) => parsed.GetValue(option);

    public T Value<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    /// <summary>The server that a flag, the environment or the user's configuration names; null for none.</summary>
    public Setting? NamedServer =>
        parsed.GetValue(GlobalOptions.Server) is { } flag
            ? new Setting(UserConfiguration.Server, flag, GlobalOptions.Server.Name)
        : Given(Environment.GetEnvironmentVariable(WorkerProcess.Server)) is { } variable
            ? new Setting(UserConfiguration.Server, variable, WorkerProcess.Server)
        : UserConfiguration.Read().Find(UserConfiguration.Server);

    /// <summary>
    /// A client of the server that was named, or found. <paramref name="options"/> says how patient to be.
    /// </summary>
    public HeadraceClient Connect(ClientOptions? options = null)
    {
        var named = NamedServer?.Text;
        var client = HeadraceClient.Connect((options ?? new ClientOptions()) with { Server = named });
        if (named is null && ServerNote.Running().Count is var running and > 1)
            Note(
                $"{running} servers of yours run here; this goes to the newest, {client.Server}. Name another "
                    + "with --server."
            );
        return client;
    }

    /// <summary>Words for a person on the error stream; nothing with <c>-q</c>.</summary>
    public void Note(string words)
    {
        if (!Quiet)
            Terminal.Note(words);
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
