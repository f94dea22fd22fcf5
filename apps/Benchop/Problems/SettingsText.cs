using Headrace.Protocol.Json;

namespace Headrace.Apps.Benchop.Problems;

/// <summary>
/// Parses <c>S=90:100:110,K=100,T=1,r=0.03</c>: each name has one value, or several values separated by colons.
/// </summary>
internal static class SettingsText
{
    public static (IReadOnlyDictionary<string, double[]> Numbers, IReadOnlyList<Fault> Faults) Parse(string text)
    {
        var numbers = new Dictionary<string, double[]>(StringComparer.OrdinalIgnoreCase);
        var faults = new List<Fault>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var sides = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (sides.Length != 2 || sides[0].Length == 0)
                faults.Add(new Fault("set", part, "write NAME=NUMBER, or NAME=NUMBER:NUMBER for multiple points."));
            else if (Values(sides[1]) is not { } values)
                faults.Add(
                    new Fault(
                        sides[0],
                        sides[1],
                        "not a number. Use a decimal point, for example 0.15, and separate multiple numbers with "
                            + "colons."
                    )
                );
            else if (!numbers.TryAdd(sides[0], values))
                faults.Add(new Fault(sides[0], sides[1], "specified more than once; specify each setting only once."));
        }

        return (numbers, faults);
    }

    /// <summary>Returns null if any of the values is not a number.</summary>
    private static double[]? Values(string text)
    {
        var parts = text.Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var values = new double[parts.Length];
        for (var i = 0; i < parts.Length; i++)
            if (!NumberText.TryParse(parts[i], out values[i]))
                return null;

        return values;
    }
}
