using System.Text.RegularExpressions;
using Headrace.Commands;
using Headrace.Core;
using Headrace.Protocol.Local;

namespace Headrace.Cli.Settings;

/// <summary>Lists all setting names, and finds the setting closest to a misspelt name.</summary>
internal static partial class SettingNames
{
    // '#' represents an array index.
    private static readonly string[] Known =
    [
        .. UpSettings.Names,
        "host_names:#",
        "webhooks:networks:#",
        "pools:#:name",
        "pools:#:methods",
        "pools:#:methods:#",
        "pools:#:command:program",
        "pools:#:command:args",
        "pools:#:command:args:#",
        "pools:#:command:cwd",
        "pools:#:min",
        "pools:#:max",
        "pools:#:up_after",
        "pools:#:idle_after",
    ];

    // Settings that are objects with member names chosen by the user.
    private static readonly string[] Open = ["queues:small_first:", "oidc:roles:", "pools:#:command:env:"];

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
        Index().Replace(name, "#") is var indexed
        && (Known.Contains(indexed) || Open.Any(prefix => indexed.StartsWith(prefix, StringComparison.Ordinal)));

    /// <summary>
    /// Finds the known name with the smallest edit distance. The result has the same array indexes as
    /// <paramref name="name"/>.
    /// </summary>
    public static (string Name, int Edits) Nearest(string name, params IEnumerable<string> also)
    {
        var index = Index().Match(name) is { Success: true } match ? match.Value : "0";
        return Known
            .Concat(also)
            .Select(known => known.Replace("#", index, StringComparison.Ordinal))
            .Select(known => (known, EditDistance.Between(name, known)))
            .MinBy(pair => pair.Item2);
    }

    /// <summary>
    /// Rejects an environment variable that is one edit away from a setting. Other unknown variables are ignored,
    /// because container platforms set <c>HEADRACE_…</c> variables for a service with this name.
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

    [GeneratedRegex(@"(?<=:)\d+(?=:|$)")]
    private static partial Regex Index();
}
