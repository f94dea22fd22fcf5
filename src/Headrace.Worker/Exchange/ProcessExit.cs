using System.Runtime.InteropServices;

namespace Headrace.Worker.Exchange;

/// <summary>Ends this process while methods are still running.</summary>
internal static partial class ProcessExit
{
    /// <summary>
    /// How long the exit handlers of the application may take, in milliseconds. With a lease of 30 s, a process that is
    /// running an exclusive job has 2 s to exit, so this time is shorter.
    /// </summary>
    private const int HandlerTimeout = 1_000;

    /// <summary>
    /// Ends the process with this code. If an exit handler does not return in time, for example because it waits for
    /// the method, the process ends without waiting for it.
    /// </summary>
    public static void Exit(int code)
    {
        var gate = new object();
        new Thread(() =>
        {
            lock (gate)
                Monitor.Wait(gate, HandlerTimeout);
            ExitAtOnce(code);
        })
        {
            IsBackground = true,
            Name = "Headrace exit",
        }.Start();
        Environment.Exit(code);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitAtOnce(int code);
}
