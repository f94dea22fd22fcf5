using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>
/// Tells the user what a job is waiting for, as soon as the wait becomes noticeable and whenever the reason changes.
/// Without a message, the user could not distinguish a waiting job from a slow one.
/// </summary>
internal sealed class WaitReasons(Action<string> note)
{
    private string? _last;

    /// <summary>
    /// Reports the current state of the job. A job that was already running when the wait began needs no message.
    /// </summary>
    public void Show(JobReply job)
    {
        if (job.Why is not { } why || (_last is null && job.State == "running"))
            return;
        // Digits are ignored, because numbers in the reason, such as the number of ready jobs, change constantly.
        var reason = string.Concat(why.Where(c => !char.IsAsciiDigit(c)));
        if (reason == _last)
            return;
        _last = reason;
        note($"Job {job.Id}: {why}");
    }
}
