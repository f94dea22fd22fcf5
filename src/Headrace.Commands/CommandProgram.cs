using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Local;

namespace Headrace.Commands;

/// <summary>
/// A command-line program with subcommands. It parses the command line, invokes one command, and is the only place that
/// converts a failure to a message and an exit code.
/// </summary>
public sealed class CommandProgram(Command root)
{
    /// <summary>
    /// The name of the program in messages. Only the <c>headrace</c> program has a <see cref="RootCommand"/>.
    /// </summary>
    private readonly string _name = root is RootCommand ? "headrace" : root.Name;

    /// <summary>
    /// Reads the server address from the user's configuration; returns null if none is specified. Called only if a
    /// command connects to a server and neither its options nor the environment specifies an address. A program can
    /// replace this function with one that validates the other settings in the file as well.
    /// </summary>
    public Func<NamedServer?> ConfiguredServer { get; init; } =
        static () => UserConfigFile.ReadServer(LocalPaths.UserSettings);

    public async Task<int> RunAsync(string[] args)
    {
        var terminal = Terminal.ForProcess(_name);
        if (ArgumentEncoding.Fault(args) is { } unreadable)
        {
            terminal.WriteError(unreadable);
            return ExitCode.Usage;
        }
        // A file name may begin with '@', so response files are disabled.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction and not HelpPage)
        {
            // The first line of an error states the fault. Further lines show where in a value it is.
            var (fault, marks) = Describe(parsed);
            terminal.WriteError($"{fault} See: {PathOf(parsed)} --help", marks);
            return ExitCode.Usage;
        }
        if (parsed.Action is not HelpAction and not HelpPage && EmptyValues.Fault(parsed) is { } empty)
        {
            terminal.WriteError(empty);
            return ExitCode.Usage;
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => End(signal, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => End(signal, stop));
        // SIGHUP is sent when the terminal is closed. The command stops in the same way as after Ctrl-C, so that it can
        // still report any work that continues on the server.
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => End(signal, stop));
        try
        {
            return await parsed.InvokeAsync(
                new CommandInvocation(terminal, ConfiguredServer)
                {
                    Output = terminal.Out,
                    Error = terminal.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                stop.Token
            );
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception failure) when (ExitCode.FromException(failure) is not null)
        {
            terminal.WriteError(failure);
            return ExitCode.FromException(failure)!.Value;
        }
    }

    // The first signal cancels the command. When a second one arrives, the token is already cancelled, so the default
    // action of the signal ends the process.
    private static void End(PosixSignalContext signal, CancellationTokenSource stop)
    {
        if (stop.IsCancellationRequested)
            return;
        signal.Cancel = true;
        stop.Cancel();
    }

    private (string Fault, IReadOnlyList<string> Marks) Describe(ParseResult parsed)
    {
        var commands = parsed.CommandResult.Command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name).ToList();
        if (commands.Count == 0)
        {
            // The library lists the permitted values of an option on lines that begin with a tab.
            List<string[]> errors =
            [
                .. parsed.Errors.Select(error =>
                    error.Message.Replace("\n\t", " ", StringComparison.Ordinal).Split('\n')
                ),
            ];
            return (string.Join(" ", errors.Select(lines => lines[0])), [.. errors.SelectMany(lines => lines.Skip(1))]);
        }
        var given =
            parsed.UnmatchedTokens.Count == 0
                ? $"'{PathOf(parsed)}' requires a command."
                : $"'{PathOf(parsed)}' has no command '{parsed.UnmatchedTokens[0]}'.";
        return ($"{given} Available commands: {string.Join(", ", commands)}.", []);
    }

    private string PathOf(ParseResult parsed)
    {
        var names = new List<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult result; at = at.Parent)
            names.Add(result.Command == root ? _name : result.Command.Name);
        names.Reverse();
        return string.Join(' ', names);
    }
}
