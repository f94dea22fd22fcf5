using System.Runtime.InteropServices;

namespace Headrace.Worker.Exchange;

/// <summary>Ends this process while methods are still running.</summary>
internal static partial class ProcessExit
{
    private static readonly TimeSpan MaxHandlerTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Ends the process with this code. If an exit handler does not return in time, for example because it waits for
    /// the method, the process ends without waiting for it.
    /// </summary>
    /// <param name="code">The exit code.</param>
    /// <param name="lease">
    /// The lease of the worker. A process that runs an exclusive job has a fifteenth of it to exit (R11), half of which
    /// the exit handlers of the application may take.
    /// </param>
    public static void Exit(int code, TimeSpan lease)
    {
        var handlerTimeout = lease / 30 < MaxHandlerTimeout ? lease / 30 : MaxHandlerTimeout;
        var gate = new object();
        new Thread(() =>
        {
            lock (gate)
                Monitor.Wait(gate, handlerTimeout);
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
