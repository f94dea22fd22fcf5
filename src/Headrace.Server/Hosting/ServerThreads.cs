namespace Headrace.Server.Hosting;

/// <summary>
/// With how many threads of the pool a server begins: half as many as processors. Below that number a thread that takes
/// a piece of work wakes another one, which mostly finds none: on two processors
/// a switch for nothing after each message (docs/performance.md). Where work waits, the runtime adds threads. Nothing
/// blocks one while a server serves, or for moments: commits and reads have threads of their own.
/// </summary>
internal static class ServerThreads
{
    private const string Setting = "System.Threading.ThreadPool.MinThreads";

    /// <summary>
    /// Sets it for this process; the pool looks once, so it comes before anything that uses it. Whoever set it in the
    /// environment or for the host has the last word.
    /// </summary>
    public static void Set()
    {
        if (AppContext.GetData(Setting) is null)
            AppContext.SetData(Setting, Math.Max(1, Environment.ProcessorCount / 2));
    }
}
