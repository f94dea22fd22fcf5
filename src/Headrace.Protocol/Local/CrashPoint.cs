using System.Diagnostics;
using System.Globalization;

namespace Headrace.Protocol.Local;

/// <summary>
/// Defines numbered points at which a test can kill a server or worker process: <c>HEADRACE_CRASH_POINT=N</c>, or
/// <c>N:K</c> for the K-th time that point N is reached. The comment at each point states what a crash there leaves
/// behind; docs/life-of-a-job.md lists all of them. Without the variable, a point costs one comparison.
/// </summary>
internal static class CrashPoint
{
    public const string Variable = "HEADRACE_CRASH_POINT";

    private static readonly (int Number, int Time) Armed = Read(Environment.GetEnvironmentVariable(Variable));

    private static int _times;

    /// <summary>
    /// Kills this process with SIGKILL if this crash point is armed: nothing is written, flushed or closed.
    /// </summary>
    public static void Reached(int number)
    {
        if (number != Armed.Number || Interlocked.Increment(ref _times) != Armed.Time)
            return;
        using var self = Process.GetCurrentProcess();
        self.Kill();
        throw new UnreachableException("The process survived SIGKILL.");
    }

    /// <summary>
    /// Parses the point and the count. Returns (0, 0) if the value is missing or invalid, because a mistyped variable
    /// must not stop a server.
    /// </summary>
    public static (int Number, int Time) Read(string? armed)
    {
        var (number, time) = armed?.Split(':', 2) is [var left, var right] ? (left, right) : (armed, "1");
        return
            int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            && int.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var k)
            && k > 0
            ? (n, k)
            : (0, 0);
    }
}
