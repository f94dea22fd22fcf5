using System.Text.RegularExpressions;
using Headrace.Core;

namespace Headrace.Bench.Chaos;

/// <summary>
/// Reads from the server's log which workers lost their leases because they sent nothing for too long.
/// </summary>
internal static partial class ExpiredLeases
{
    /// <summary>
    /// Returns the workers whose leases expired even though no fault had suspended or killed them.
    /// </summary>
    public static IReadOnlyList<string> OfUndisturbed(
        IEnumerable<string> log,
        IReadOnlySet<(string Worker, Incarnation Incarnation)> disturbed
    )
    {
        var excused = disturbed.Select(worker => (worker.Worker, worker.Incarnation.ToString())).ToHashSet();
        return
        [
            .. log.Select(line => Expired().Match(line))
                .Where(match => match.Success)
                .Select(match => (Worker: match.Groups[1].Value, Incarnation: match.Groups[2].Value))
                .Where(worker => !excused.Contains(worker))
                .Select(worker => $"{worker.Worker} {worker.Incarnation}"),
        ];
    }

    [GeneratedRegex(@"Worker (\S+), incarnation ([0-9a-f]{16}), disconnected: lease expired")]
    private static partial Regex Expired();
}
