namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// Who a method is. Registered as <c>benchop.NAME@VERSION</c>; the version grows when its numbers change.
/// </summary>
/// <param name="Name">Short and lower case, as <c>cos</c>.</param>
/// <param name="Paper">Author, year, title, journal: enough to find it.</param>
/// <param name="UsesStructure">
/// True when the method lives on a formula of the particular model and contract (closed forms, reductions of
/// dimension). Such methods
/// are ranked apart from general ones.
/// </param>
internal sealed record MethodCard(string Name, string Title, string Paper, bool UsesStructure, int Version = 1)
{
    public string RegisteredName => $"benchop.{Name}@{Version}";
}
