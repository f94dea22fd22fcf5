using Spectre.Console;

namespace Headrace.Commands.Output;

/// <summary>A progress bar on standard error. Where none can be drawn, the work runs without it.</summary>
public static class JobProgressBar
{
    /// <summary>
    /// Runs work that also writes lines of data. On the same screen they would disturb a bar, and show the progress by
    /// themselves. The work reports the number of completed items.
    /// </summary>
    public static Task<T> OfManyAsync<T>(
        CommandContext call,
        string what,
        long total,
        Func<Action<double>, Task<T>> work
    ) => total > 1 && !call.Terminal.OutputIsTerminal ? DrawAsync(call, what, total, work) : work(_ => { });

    /// <summary>Runs work that writes nothing else and reports its progress up to
    ///
    /// <paramref name="total"/>.</summary>
    public static async Task<T> DrawAsync<T>(
        CommandContext call,
        string what,
        double total,
        Func<Action<double>, Task<T>> work
    )
    {
        if (call.Quiet || !call.Terminal.ErrorIsTerminal)
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
