namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// Describes a method. It is registered as <c>benchop.NAME@VERSION</c>; the version increases when its results change.
/// </summary>
/// <param name="Name">A short name in lower case, such as <c>cos</c>.</param>
/// <param name="Paper">Author, year, title and journal, in enough detail to find the paper.</param>
/// <param name="UsesStructure">
/// True if the method relies on a formula for the particular model and contract, such as a closed form or a reduction
/// of dimension. Such methods are ranked separately from general ones.
/// </param>
internal sealed record MethodCard(string Name, string Title, string Paper, bool UsesStructure, int Version = 1)
{
    public string RegisteredName => $"benchop.{Name}@{Version}";
}
