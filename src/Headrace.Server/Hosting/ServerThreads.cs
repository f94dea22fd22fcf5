namespace Headrace.Server.Hosting;

/// <summary>
/// Sets the minimum size of the thread pool to half the number of processors. As long as the number of threads is below
/// the minimum, each thread that takes a work item wakes another thread, which usually finds no work. On two
/// processors, this causes an unnecessary context switch after each message (docs/performance.md). A low minimum is
/// safe: the runtime adds threads when work items wait, and pool threads are blocked only briefly because commits and
/// reads use dedicated threads.
/// </summary>
internal static class ServerThreads
{
    private const string Setting = "System.Threading.ThreadPool.MinThreads";

    /// <summary>
    /// Sets the minimum for this process. The thread pool reads the value once, so this method must be called before
    /// anything uses the pool. A value set in the environment or by the host takes precedence.
    /// </summary>
    public static void Set()
    {
        if (AppContext.GetData(Setting) is null)
            AppContext.SetData(Setting, Math.Max(1, Environment.ProcessorCount / 2));
    }
}
