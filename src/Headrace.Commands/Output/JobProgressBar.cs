using Spectre.Console;

namespace Headrace.Commands.Output;

/// <summary>A progress bar on standard error. Without a terminal, the work runs without a bar.</summary>
public static class JobProgressBar
{
    /// <summary>
    /// Runs work that also writes lines of data and reports the number of completed items. No bar is drawn if the lines
    /// are written to a terminal: they would disrupt the bar, and they already show the progress.
    /// </summary>
    public static Task<T> OfManyAsync<T>(
        CommandContext context,
        string what,
        long total,
        Func<Action<double>, Task<T>> work
    ) => total > 1 && !context.Terminal.OutputIsTerminal ? DrawAsync(context, what, total, work) : work(_ => { });

    /// <summary>
    /// Runs work that writes no output of its own and reports its progress up to <paramref name="total"/>.
    /// </summary>
    public static async Task<T> DrawAsync<T>(
        CommandContext context,
        string what,
        double total,
        Func<Action<double>, Task<T>> work
    )
    {
        if (context.Quiet || !context.Terminal.ErrorIsTerminal)
            return await work(_ => { });
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
                var task = progress.AddTask(what, maxValue: total);
                return await work(done => task.Value = done);
            });
    }
}
