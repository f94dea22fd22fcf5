namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// Describes a method. It is registered as <c>benchop.NAME@VERSION</c>; the version increases when its results or its
/// parameters change.
/// </summary>
/// <param name="Name">A short name in lower case, such as <c>cos</c>.</param>
/// <param name="Paper">Author, year, title and journal, in enough detail to find the paper.</param>
internal sealed record MethodCard(string Name, string Title, string Paper, int Version = MethodCard.FirstTyped)
{
    /// <summary>The first version in which all methods accept the settings of a problem as an object.</summary>
    private const int FirstTyped = 2;

    public string RegisteredName => $"benchop.{Name}@{Version}";
}
