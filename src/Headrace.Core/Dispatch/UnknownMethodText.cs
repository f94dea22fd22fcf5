namespace Headrace.Core.Dispatch;

/// <summary>Suggests methods to a caller that has named one that does not exist.</summary>
internal static class UnknownMethodText
{
    /// <summary>The number of names that still fit on a screen and leave the message readable.</summary>
    private const int MaxNames = 10;

    /// <summary>Returns the most similar name, if there is one, and the first of the known methods.</summary>
    /// <param name="asked">The method that does not exist.</param>
    /// <param name="known">The methods that the server knows.</param>
    /// <param name="remedy">What to do if there are none.</param>
    public static string Of(MethodRef asked, IReadOnlyList<MethodRef> known, string remedy)
    {
        if (known.Count == 0)
            return $"No worker has offered a method yet. {remedy}";
        var more = known.Count > MaxNames ? $" and {known.Count - MaxNames} more." : ".";
        return $"{Similar(asked, known)}Known methods: {string.Join(", ", known.Take(MaxNames))}{more}";
    }

    private static string Similar(MethodRef asked, IReadOnlyList<MethodRef> known)
    {
        var name = asked.Name.Text;
        var nearest = EditDistance.Nearest(name, known.Select(method => method.Name.Text));
        if (EditDistance.Between(name, nearest) > Math.Max(1, name.Length / 3))
            return "";
        var versions = known.Where(method => method.Name.Text == nearest).ToList();
        // A version that does not exist is a mistake even if the name is right.
        return nearest == name
            ? $"Its versions are {string.Join(", ", versions)}. "
            : $"Did you mean '{nearest}'? ";
    }
}
