using System.Diagnostics;
using System.Globalization;

namespace Headrace.Protocol.Local;

/// <summary>
/// Numbered places between two systems at which a test lets a server or a worker process die:
/// <c>HEADRACE_CRASH_POINT=N</c>, or <c>N:K</c> for the K-th time that point N is reached.
/// The comment at each place promises what a crash there leaves behind; docs/life-of-a-job.md has all of them. Without
/// the variable a point is one comparison.
/// </summary>
internal static class CrashPoint
{
    public const string Variable = "HEADRACE_CRASH_POINT";

    private static readonly (int Number, int Time) Armed = Read(Environment.GetEnvironmentVariable(Variable));

    private static int _times;

    /// <summary>
    /// Ends this process with SIGKILL if a test has asked for it here: nothing is written, flushed or closed.
    /// </summary>
    public static void Reached(int number)
    {
        if (number != Armed.Number || Interlocked.Increment(ref _times) != Armed.Time)
            return;
        using var self = Process.GetCurrentProcess();
        self.Kill();
        throw new UnreachableException("SIGKILL came back.");
    }

    /// <summary>
    /// Which point, and which time; (0, 0) for none, and for what cannot be read: a mistyped variable must not end a
    /// server.
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
