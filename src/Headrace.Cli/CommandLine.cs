using System.CommandLine;
using System.Runtime.InteropServices;
using Headrace.Cli.Bench;
using Headrace.Cli.Bench.Speed;
using Headrace.Cli.Output;
using Headrace.Cli.Verbs;

namespace Headrace.Cli;

/// <summary>The tree of verbs, and the one place where a failure becomes words and an exit code.</summary>
internal static class CommandLine
{
    public static RootCommand Tree()
    {
        var root = new RootCommand("Headrace turns any computation into a durable, parallel, queue-fed service.")
        {
            UpVerb.Create(),
            SubmitVerb.Create(),
            RunVerb.Create(),
            WaitVerb.Create(),
            ResultsVerb.Create(),
            JobsVerb.Create(),
            QueuesVerb.Create(),
            WorkersVerb.Create(),
            PoolsVerb.Create(),
            MethodsVerb.Create(),
            BenchopVerb.Create(),
            BenchVerb.Create(),
            ConfigVerb.Create(),
            CompletionVerb.Create(),
            WorkerVerb.Create(),
        };
        root.Add(GlobalOptions.Server);
        root.Add(GlobalOptions.Json);
        root.Add(GlobalOptions.Quiet);
        HelpPage.Attach(root);
        return root;
    }

    public static async Task<int> RunAsync(string[] args)
    {
        var terminal = Terminal.OfProcess();
        // A file name that begins with '@' is a file name.
        var parsed = Tree().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction and not HelpPage)
        {
            terminal.Fail($"{Faults(parsed)} See: {PathOf(parsed)} --help");
            return ExitCode.Usage;
        }

        using var gauges = Gauges.OfThisProcess();
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => End(signal, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => End(signal, stop));
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                stop.Token
            );
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception failure) when (ExitCode.Of(failure) is not null)
        {
            terminal.Fail(failure);
            return ExitCode.Of(failure)!.Value;
        }
    }

    // The first signal asks; a second one finds the token cancelled and ends the process as if nobody had listened.
    private static void End(PosixSignalContext signal, CancellationTokenSource stop)
    {
        if (stop.IsCancellationRequested)
            return;
        signal.Cancel = true;
        stop.Cancel();
    }

    private static string Faults(ParseResult parsed)
    {
        var verbs = parsed.CommandResult.Command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name).ToList();
        if (verbs.Count == 0)
            return string.Join(" ", parsed.Errors.Select(e => e.Message));
        var given =
            parsed.UnmatchedTokens.Count == 0
                ? $"'{PathOf(parsed)}' wants a command."
                : $"'{PathOf(parsed)}' has no command '{parsed.UnmatchedTokens[0]}'.";
        return $"{given} There are: {string.Join(", ", verbs)}.";
    }

    private static string PathOf(ParseResult parsed)
    {
        var names = new List<string>();
        for (
            System.CommandLine.Parsing.SymbolResult? at = parsed.CommandResult;
            at is System.CommandLine.Parsing.CommandResult result;
            at = at.Parent
        )
            names.Add(result.Command is RootCommand ? "headrace" : result.Command.Name);
        names.Reverse();
        return string.Join(' ', names);
    }
}
