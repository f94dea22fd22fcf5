using Xunit;

namespace Headrace.Tests.Server;

/// <summary>
/// Waits, with a deadline, until other processes reach a given state. If the deadline expires, the error message names
/// that state.
/// </summary>
internal static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    /// <summary>The deadline for processes to start on a machine that is busy with other tests.</summary>
    public static readonly TimeSpan WithProcesses = TimeSpan.FromSeconds(120);

    public static async Task<T> SeesAsync<T>(string what, Func<Task<T?>> look, TimeSpan? within = null)
        where T : class
    {
        var deadline = within ?? Deadline;
        var end =
            TimeProvider.System.GetTimestamp() + (long)(deadline.TotalSeconds * TimeProvider.System.TimestampFrequency);
        while (TimeProvider.System.GetTimestamp() < end)
        {
            if (await look() is { } seen)
                return seen;
            await Task.Delay(LookAgain, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"Timed out after waiting {deadline.TotalSeconds} s for {what}.");
    }

    public static Task<T> SeesAsync<T>(string what, Func<T?> look, TimeSpan? within = null)
        where T : class => SeesAsync(what, () => Task.FromResult(look()), within);

    public static Task HoldsAsync(string what, Func<bool> look, TimeSpan? within = null) =>
        SeesAsync(what, () => look() ? what : null, within);

    /// <summary>Waits for a task with a deadline.</summary>
    public static async Task<T> EndsAsync<T>(string what, Task<T> task)
    {
        try
        {
            return await task.WaitAsync(Deadline, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Timed out after waiting {Deadline.TotalSeconds} s for {what}.");
        }
    }

    public static Task EndsAsync(string what, Task task) => EndsAsync(what, WithResultAsync(task));

    private static async Task<bool> WithResultAsync(Task task)
    {
        await task;
        return true;
    }
}
