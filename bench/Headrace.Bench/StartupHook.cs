using Headrace.Bench.Speed;

/// <summary>
/// The runtime calls <see cref="Initialize"/> before the main method of a process whose <c>DOTNET_STARTUP_HOOKS</c>
/// names this assembly. This allows a measured process to report its gauges without any code in the product. The
/// runtime requires this type name without a namespace.
/// </summary>
internal static class StartupHook
{
    public static void Initialize() => ProcessCounters.AnswerInThisProcess();
}
