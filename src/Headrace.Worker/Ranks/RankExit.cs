using System.Globalization;
using System.Text.RegularExpressions;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Ranks;

/// <summary>Determines how the ranks ended from the exit status of their launcher and from its output. Pure.</summary>
internal static partial class RankExit
{
    private const int SignalBase = 128;
    private const int MaxSignal = 64;

    /// <summary>The longest explanation of a launcher that becomes part of an error, in characters.</summary>
    private const int MaxExplanation = 500;

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

    /// <summary>
    /// Returns the number of the rank that ended the program, as the launcher or the library names it; null if neither
    /// does. MPICH names no rank that only exits with a code.
    /// </summary>
    public static int? RankIn(string messages) =>
        FailedRank().Match(messages) is { Success: true } match
        && int.TryParse(match.Groups["rank"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var rank)
            ? rank
            : null;

    /// <summary>
    /// Returns the rank that ended the program, and the line that explains it best: the last one that this rank wrote
    /// to standard error; that of another rank if it wrote none; or the launcher's own explanation if no rank wrote
    /// one.
    /// </summary>
    /// <param name="messages">The output of the launcher.</param>
    /// <param name="lastLines">The last line of each rank; empty for a rank that wrote none.</param>
    public static RankEnd EndOf(string messages, IReadOnlyList<string> lastLines)
    {
        var failed = RankIn(messages) is { } named && named < lastLines.Count ? named : (int?)null;
        var writers = Enumerable.Range(0, lastLines.Count).Where(rank => lastLines[rank].Length > 0).ToList();
        return failed is { } own && writers.Contains(own) ? new RankEnd(own, own, lastLines[own])
            : writers is [var first, ..] ? new RankEnd(failed, first, lastLines[first])
            : failed is not null ? new RankEnd(failed, null, "")
            : new RankEnd(null, null, ExplanationIn(messages));
    }

    /// <summary>
    /// Returns whether MPICH wrote this line when the program called MPI_Abort. It names the rank, but no reason.
    /// </summary>
    public static bool IsAbort(ReadOnlySpan<byte> line) => line.StartsWith("Abort("u8);

    /// <summary>
    /// Returns the first paragraph that the launcher wrote, such as the reason why it could not start the ranks, on one
    /// line; empty if it only reported that a rank had ended.
    /// </summary>
    private static string ExplanationIn(string messages)
    {
        var paragraph = new List<string>();
        foreach (var line in messages.Split('\n').Select(line => line.Trim()))
        {
            var isText = line.Any(char.IsLetterOrDigit) && !line.StartsWith('=');
            if (isText)
                paragraph.Add(line);
            if ((!isText || paragraph.Sum(part => part.Length) > MaxExplanation) && paragraph.Count > 0)
                break;
        }
        var text = string.Join(' ', paragraph);
        return text.StartsWith("Primary job", StringComparison.Ordinal)
            || text.StartsWith("YOUR APPLICATION TERMINATED", StringComparison.Ordinal)
                ? ""
                : text[..Math.Min(text.Length, MaxExplanation)];
    }

    private static int SignalIn(string messages) =>
        MpichSignal().Match(messages) is { Success: true } match && int.TryParse(match.Groups[1].Value, out var signal)
            ? signal
            : 0;

    // The alternatives: Open MPI for an exit code, a signal and MPI_Abort; MPICH for MPI_Abort; srun.
    [GeneratedRegex(
        @"Process name: \[\[\d+,\d+\],(?<rank>\d+)\]"
            + @"|process rank (?<rank>\d+) with PID"
            + @"|MPI_ABORT was invoked on rank (?<rank>\d+) in communicator MPI_COMM_WORLD"
            + @"|^Abort\(-?\d+\) on node \d+ \(rank (?<rank>\d+) in comm 0\)"
            + @"|^srun: error: .*: task (?<rank>\d+): ",
        RegexOptions.Multiline
    )]
    private static partial Regex FailedRank();

    [GeneratedRegex(@"EXIT STRING: .*\(signal (\d+)\)")]
    private static partial Regex MpichSignal();
}

/// <summary>The rank that ended a program, and the line that explains it best.</summary>
/// <param name="Rank">The rank; null if it is not known.</param>
/// <param name="Writer">The rank that wrote the line; null if the launcher wrote it, or if there is none.</param>
/// <param name="Line">The line; empty if there is none.</param>
internal readonly record struct RankEnd(int? Rank, int? Writer, string Line)
{
    /// <summary>Returns the words that follow "The program exited with code 3" in a message.</summary>
    public override string ToString()
    {
        var place = Rank is { } rank ? string.Create(CultureInfo.InvariantCulture, $" on rank {rank}") : "";
        return Line.Length == 0 ? $"{place}."
            : Writer is { } writer && writer != Rank
                ? string.Create(CultureInfo.InvariantCulture, $"{place}; rank {writer} wrote: {Line}")
            : $"{place}: {Line}";
    }
}
