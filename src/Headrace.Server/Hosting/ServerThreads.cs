namespace Headrace.Server.Hosting;

/// <summary>
/// With how many threads of the pool a server begins: half as many as processors. Below that number a thread that takes a piece of work wakes another one, which mostly finds none: on two processors
/// a switch for nothing after each message (docs/performance.md). Where work waits, the runtime adds threads. Nothing here blocks one for long: commits and reads have threads of their own.
/// </summary>
internal static class ServerThreads
{
    private const string Setting = "System.Threading.ThreadPool.MinThreads";

    public static int Least { get; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Sets it for this process, before anything has used the pool: it looks once. Whoever set it in the environment or for the host has the last word.</summary>
    public static void Set()
    {
        if (AppContext.GetData(Setting) is not null || Environment.GetEnvironmentVariable("DOTNET_ThreadPool_ForceMinWorkerThreads") is not null) return;
        AppContext.SetData(Setting, Least);
        ThreadPool.GetMinThreads(out var least, out _);
        if (least != Least) throw new InvalidOperationException($"The pool begins with {least} threads and not with {Least}: something has used it before.");
    }
}
