using System.Text.Json.Serialization.Metadata;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary>
/// The two routes of a catalog that fits into one reply: list all entries, and read one by name. For an unknown name,
/// the reply lists the known names.
/// </summary>
internal sealed class CatalogRoutes<TEntry, TReply>
    where TEntry : class
{
    /// <summary>The path of the list; the path of an entry is below it.</summary>
    public required string Path { get; init; }

    /// <summary>The path parameter that names an entry.</summary>
    public required ParameterDescription Name { get; init; }

    public required RouteDescription List { get; init; }

    public required RouteDescription Read { get; init; }

    public required Func<CancellationToken, Task<IReadOnlyList<TEntry>>> LoadAsync { get; init; }

    /// <summary>Finds the entry for a name as written by the caller. Returns null if no entry matches.</summary>
    public required Func<IReadOnlyList<TEntry>, string, TEntry?> Find { get; init; }

    /// <summary>Returns the name by which <see cref="Find"/> finds an entry.</summary>
    public required Func<TEntry, string> NameOf { get; init; }

    public required Func<TEntry, TReply> ToReply { get; init; }

    public required JsonTypeInfo<TReply> ReplyType { get; init; }

    /// <summary>The problem kind for an unknown name.</summary>
    public required ProblemKind MissingKind { get; init; }

    /// <summary>Returns the first sentence of the problem detail for an unknown name.</summary>
    public required Func<string, string> Missing { get; init; }

    /// <summary>The text that introduces the list of known names, such as "Known queues".</summary>
    public required string KnownLabel { get; init; }

    /// <summary>
    /// The sentence that replaces the list of known names in the problem detail while the catalog is empty.
    /// </summary>
    public required string Empty { get; init; }

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", Path, List, ListAsync);
        app.Map("GET", $"{Path}/{{{Name.Name}}}", Read with { Parameters = [Name] }, ReadAsync);
    }

    private async Task<IResult> ListAsync(HttpContext context)
    {
        var entries = await LoadAsync(context.RequestAborted);
        return new JsonListReply<TReply>(entries.Select(ToReply), ReplyType);
    }

    private async Task<IResult> ReadAsync(HttpContext context)
    {
        var name = (string)context.GetRouteValue(Name.Name)!;
        var entries = await LoadAsync(context.RequestAborted);
        if (Find(entries, name) is { } entry)
            return new JsonReply<TReply>(ToReply(entry), ReplyType);
        var others = entries.Count == 0 ? Empty : $"{KnownLabel}: {string.Join(", ", entries.Select(NameOf))}.";
        return new Problem(MissingKind, $"{Missing(name)} {others}");
    }
}
