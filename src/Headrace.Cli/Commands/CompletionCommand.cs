using System.CommandLine;
using Headrace.Commands;

namespace Headrace.Cli.Commands;

/// <summary>
/// <c>headrace completion</c>: prints a shell script that enables completion of commands and options. The script calls
/// the program by the path that the user typed, such as <c>./headrace</c>, so the program need not be on the PATH.
/// </summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _headrace() {
            local IFS=$'\n'
            COMPREPLY=($("${COMP_WORDS[0]/#\~/$HOME}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
        }
        complete -o default -F _headrace headrace
        """;

    private const string Zsh = """
        _headrace() {
            local -a found
            found=("${(@f)$("${words[1]/#\~/$HOME}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a found
        }
        compdef _headrace headrace
        """;

    private const string Fish = """
        function __headrace_suggest
            set -l program (string replace -r '^~' $HOME -- (commandline -opc)[1])
            set -l line (commandline -cp | string collect)
            $program "[suggest:"(string length -- $line)"]" $line 2>/dev/null
        end
        complete -c headrace -a '(__headrace_suggest)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var cliCommand = new CliCommand("completion", "Print a completion script for a shell.")
        {
            Examples =
            [
                ("eval \"$(headrace completion bash)\"", "Enables completion of commands and options in this shell."),
            ],
        };
        cliCommand.Add(shell);
        cliCommand.SetAction(
            (context, _) =>
            {
                context.Terminal.WriteLines(
                    context.Value(shell) switch
                    {
                        "bash" => Bash,
                        "zsh" => Zsh,
                        _ => Fish,
                    }
                );
                return Task.FromResult(ExitCode.Done);
            }
        );
        return cliCommand;
    }
}
