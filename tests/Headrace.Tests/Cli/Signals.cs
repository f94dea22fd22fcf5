using System.Diagnostics;

namespace Headrace.Tests.Cli;

/// <summary>Sends a signal, given by its name, to a process.</summary>
internal static class Signals
{
    public static void Send(string signal, int process)
    {
        using var kill = Process.Start(
            "kill",
            ["-" + signal, process.ToString(System.Globalization.CultureInfo.InvariantCulture)]
        );
        kill.WaitForExit();
    }
}
