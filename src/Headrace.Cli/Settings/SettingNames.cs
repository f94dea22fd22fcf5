using System.Text.RegularExpressions;
using Headrace.Commands;
using Headrace.Protocol.Local;

namespace Headrace.Cli.Settings;

/// <summary>Lists the names of all settings, and finds the setting closest to a misspelt name.</summary>
internal static partial class SettingNames
{
    // '#' represents an array index.
    private static readonly string[] Known =
    [
        .. UpSettings.Names,
        "pools:#:name",
        "pools:#:methods",
        "pools:#:methods:#",
        "pools:#:min",
        "pools:#:max",
        "pools:#:up_after",
        "pools:#:idle_after",
    ];

    // Settings that are objects with member names chosen by the user.
    private static readonly string[] Open = ["queues:small_first:", "oidc:roles:"];

    // Environment variables that other parts of Headrace read.
    private static readonly string[] Elsewhere =
    [
        WorkerProcess.Server,
        WorkerProcess.Key,
        WorkerProcess.KeyDescriptor,
        WorkerProcess.Name,
        WorkerProcess.Incarnation,
        WorkerProcess.Pool,
        CrashPoint.Variable,
    ];

    public static bool IsKnown(string name) =>
        Known.Contains(Index().Replace(name, "#"))
        || Open.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>
    /// Finds the known name with the smallest edit distance. The returned name has the same array indexes as the given
    /// name.
    /// </summary>
    public static (string Name, int Edits) Nearest(string name, params IEnumerable<string> also)
    {
        var index = Index().Match(name) is { Success: true } match ? match.Value : "0";
        return Known
            .Concat(also)
            .Select(known => known.Replace("#", index, StringComparison.Ordinal))
            .Select(known => (known, Edits(name, known)))
            .MinBy(pair => pair.Item2);
    }

    /// <summary>
    /// Rejects an environment variable that is one edit away from a setting. Other unknown variables are ignored,
    /// because container platforms set <c>HEADRACE_…</c> variables for a service of this name.
    /// </summary>
    public static void RejectMisspelt(SettingsLayer environment)
    {
        foreach (var name in environment.Names.Where(name => !IsKnown(name)))
        {
            var variable = SettingsLayer.VariableOf(name);
            if (!Elsewhere.Contains(variable) && Nearest(name) is (var known, 1))
                throw new UsageException(
                    $"{variable} is not a known setting. Did you mean {SettingsLayer.VariableOf(known)}?"
                );
        }
    }

    /// <summary>
    /// Returns the edit distance of two texts: the number of insertions, deletions, replacements and swaps of
    /// neighbouring characters that convert one to the other.
    /// </summary>
    private static int Edits(string from, string to)
    {
        var costs = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
            costs[i, 0] = i;
        for (var j = 0; j <= to.Length; j++)
            costs[0, j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            for (var j = 1; j <= to.Length; j++)
            {
                var replace = costs[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                var cost = Math.Min(replace, Math.Min(costs[i - 1, j], costs[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    cost = Math.Min(cost, costs[i - 2, j - 2] + 1);
                costs[i, j] = cost;
            }
        }
        return costs[from.Length, to.Length];
    }

    [GeneratedRegex(@"(?<=:)\d+(?=:|$)")]
    private static partial Regex Index();
}
