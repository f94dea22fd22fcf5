using Xunit;

namespace Headrace.Tests.Server;

/// <summary>Waits for a state that other processes bring about, by looking again and again, with a deadline and a word for what was waited for.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    public static async Task<T> SeesAsync<T>(string what, Func<Task<T?>> look) where T : class
    {
        var end = TimeProvider.System.GetTimestamp() + (long)(Deadline.TotalSeconds * TimeProvider.System.TimestampFrequency);
        while (TimeProvider.System.GetTimestamp() < end)
        {
            if (await look() is { } seen) return seen;
            await Task.Delay(LookAgain, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"Waited {Deadline.TotalSeconds} s for {what}.");
    }

    public static Task<T> SeesAsync<T>(string what, Func<T?> look) where T : class => SeesAsync(what, () => Task.FromResult(look()));

    public static Task HoldsAsync(string what, Func<bool> look) => SeesAsync(what, () => look() ? what : null);

    /// <summary>A task with a deadline.</summary>
    public static async Task<T> EndsAsync<T>(string what, Task<T> task)
    {
        try
        {
            return await task.WaitAsync(Deadline, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Waited {Deadline.TotalSeconds} s for {what}.");
        }
    }

    public static Task EndsAsync(string what, Task task) => EndsAsync(what, WithResultAsync(task));

    private static async Task<bool> WithResultAsync(Task task)
    {
        await task;
        return true;
    }
}
