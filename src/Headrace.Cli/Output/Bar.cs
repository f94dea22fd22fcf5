using Spectre.Console;

namespace Headrace.Cli.Output;

/// <summary>A progress bar on standard error, where one may be drawn; else the work is done without.</summary>
internal static class Bar
{
    /// <summary>Runs the work; it calls its argument with how many are done.</summary>
    public static async Task<T> DrawAsync<T>(Call call, string what, long total, Func<Action<long>, Task<T>> work)
    {
        if (call.Quiet || !call.Terminal.MayDrawBar || total < 2) return await work(_ => { });
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask(what, maxValue: total);
                return await work(done => task.Value = done);
            });
    }
}
