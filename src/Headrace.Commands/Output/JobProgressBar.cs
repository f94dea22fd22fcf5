using Headrace.Protocol.Local;
using Spectre.Console;

namespace Headrace.Commands.Output;

/// <summary>A progress bar on standard error. If standard error is not a terminal, no bar is drawn.</summary>
public static class JobProgressBar
{
    /// <summary>
    /// Runs work that also writes lines of data and reports the number of completed items. No bar is drawn if the lines
    /// are written to a terminal, because they would disrupt the bar and already show the progress.
    /// </summary>
    public static Task<T> OfManyAsync<T>(
        CommandContext context,
        string what,
        long total,
        Func<ProgressReport, Task<T>> work
    )
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(work);
        return total > 1 && !context.Terminal.OutputIsTerminal
            ? DrawAsync(context, what, total, work)
            : work(WithoutBar(context));
    }

    /// <summary>
    /// Runs work that does not write any output itself. It reports its progress as a number from 0 to
    /// <paramref name="total"/>.
    /// </summary>
    public static async Task<T> DrawAsync<T>(
        CommandContext context,
        string what,
        double total,
        Func<ProgressReport, Task<T>> work
    )
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(work);
        if (context.Quiet || !context.Terminal.ErrorIsTerminal)
            return await work(WithoutBar(context));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console
            .Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new PercentageColumn(),
                new RemainingTimeColumn()
            )
            .StartAsync(async progress =>
            {
                var task = progress.AddTask(Markup.Escape(TerminalText.OneLine(what)), maxValue: total);
                return await work(
                    new ProgressReport(
                        done => task.Value = done,
                        // The message is written through the console that draws the bar, so the bar is redrawn below
                        // the message.
                        message => console.Write(new Text(TerminalText.OneLine(message) + "\n"))
                    )
                );
            });
    }

    private static ProgressReport WithoutBar(CommandContext context) => new(_ => { }, context.WriteNote);
}
