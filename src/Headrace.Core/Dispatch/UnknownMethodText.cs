namespace Headrace.Core.Dispatch;

/// <summary>Suggests existing methods to a caller that specified an unknown one.</summary>
internal static class UnknownMethodText
{
    /// <summary>Maximum number of method names in a message, so that the message stays readable.</summary>
    private const int MaxNames = 10;

    /// <summary>
    /// Returns text with the most similar method name, if there is one, and the first few known methods.
    /// </summary>
    /// <param name="asked">The method that does not exist.</param>
    /// <param name="known">The methods that the server knows.</param>
    /// <param name="remedy">What to do if no methods are known.</param>
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
        if (EditDistance.Similar(name, known.Select(method => method.Name.Text)) is not { } nearest)
            return "";
        var versions = known.Where(method => method.Name.Text == nearest).ToList();
        // If the name is correct, only the version is unknown.
        return nearest == name
            ? $"Its versions are {string.Join(", ", versions)}. "
            : $"Did you mean '{nearest}'? ";
    }
}
