using System.Text.RegularExpressions;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Ranks;

/// <summary>Determines how the ranks ended from the exit status of their launcher and from its output. Pure.</summary>
internal static partial class RankExit
{
    private const int SignalBase = 128;
    private const int MaxSignal = 64;

    /// <summary>
    /// Returns the status of the rank that ended the program. Open MPI and srun exit with 128 plus the number of the
    /// signal that ended a rank. MPICH exits with the number of the signal alone, as if the program had chosen that
    /// code, but its message names the signal.
    /// </summary>
    public static ExitStatus StatusOf(MpiLibrary? library, ExitStatus launcher, string messages)
    {
        if (launcher.IsSignalled || launcher.Code == 0)
            return launcher;
        var signal =
            library == MpiLibrary.Mpich ? SignalIn(messages)
            : launcher.Code is > SignalBase and <= SignalBase + MaxSignal ? launcher.Code - SignalBase
            : 0;
        return signal > 0 ? launcher with { Code = SignalBase + signal, Signal = signal } : launcher;
    }

    private static int SignalIn(string messages) =>
        MpichSignal().Match(messages) is { Success: true } match && int.TryParse(match.Groups[1].Value, out var signal)
            ? signal
            : 0;

    [GeneratedRegex(@"EXIT STRING: .*\(signal (\d+)\)")]
    private static partial Regex MpichSignal();
}
