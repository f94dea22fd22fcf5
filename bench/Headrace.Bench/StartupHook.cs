using Headrace.Bench.Speed;

/// <summary>
/// The runtime calls <see cref="Initialize"/> before the main method of a process whose <c>DOTNET_STARTUP_HOOKS</c>
/// names this assembly. This is how a measured process reports its gauges without any code in the product. The type
/// must have this name and no namespace.
/// </summary>
internal static class StartupHook
{
    public static void Initialize() => ProcessCounters.AnswerInThisProcess();
}
