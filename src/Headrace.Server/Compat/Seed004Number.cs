using System.Diagnostics.CodeAnalysis;
using Headrace.Protocol.Json;

namespace Headrace.Server.Compat;

/// <summary>Reads lists of numbers from a query.</summary>
internal static class Seed004Number
{
    /// <summary>Parses between one and <paramref name="max"/> numbers, separated by commas.</summary>
    public static bool TryReadList(string text, int max, [NotNullWhen(true)] out IReadOnlyList<double>? numbers)
    {
        var parts = text.Split(',');
        var read = new List<double>();
        numbers = read;
        if (parts.Length > max)
            return false;
        foreach (var part in parts)
        {
            if (!NumberText.TryParse(part, out var number))
                return false;
            read.Add(number);
        }
        return true;
    }
}
