using Spectre.Console;

namespace Headrace.Commands.Output;

/// <summary>A progress bar on standard error, where one may be drawn; else the work is done without.</summary>
public static class Bar
{
    /// <summary>
    /// Runs the work, which writes lines of data meanwhile: they would run through a bar on the same screen, and are
    /// progress enough there. It tells how many are done.
    /// </summary>
    public static Task<T> OfManyAsync<T>(Call call, string what, long total, Func<Action<double>, Task<T>> work) =>
        total > 1 && !call.Terminal.OutputIsScreen ? DrawAsync(call, what, total, work) : work(_ => { });

    /// <summary>
    /// Runs the work, which writes nothing meanwhile and tells how far it is of <paramref name="total"/>.
    /// </summary>
    public static async Task<T> DrawAsync<T>(Call call, string what, double total, Func<Action<double>, Task<T>> work)
    {
        if (call.Quiet || !call.Terminal.ErrorIsScreen)
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
