namespace Headrace.Core;

/// <summary>Compares a misspelt word with the known words, for messages such as "Did you mean …?".</summary>
public static class EditDistance
{
    /// <summary>
    /// Returns the edit distance of two texts: the number of insertions, deletions, replacements and swaps of
    /// neighbouring characters that convert one to the other.
    /// </summary>
    /// <param name="from">The first text.</param>
    /// <param name="to">The second text.</param>
    /// <returns>The distance; 0 for equal texts.</returns>
    public static int Between(string from, string to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
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

    /// <summary>
    /// Returns the known word that was probably meant. Case is ignored, and one character in three may be wrong.
    /// Returns null if no known word is similar enough.
    /// </summary>
    public static string? Similar(string word, IEnumerable<string> known)
    {
        var lower = word.ToLowerInvariant();
        var nearest = Nearest(lower, known);
        return Between(lower, nearest) <= Math.Max(1, nearest.Length / 3) ? nearest : null;
    }

    /// <summary>
    /// Returns the known word with the smallest edit distance. There must be at least one known word.
    /// </summary>
    /// <param name="word">The misspelt word.</param>
    /// <param name="known">The known words.</param>
    /// <returns>The nearest of the known words.</returns>
    public static string Nearest(string word, IEnumerable<string> known) =>
        known.MinBy(candidate => Between(word, candidate))
        ?? throw new ArgumentException("The list of known words is empty.", nameof(known));
}
