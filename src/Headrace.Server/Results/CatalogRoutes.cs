using System.Text.Json.Serialization.Metadata;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary>
/// The two routes of a catalog that is small enough for one reply: list every entry, and read one by its name. A name
/// that does not exist is answered with those that do.
/// </summary>
internal sealed class CatalogRoutes<TEntry, TReply>
    where TEntry : class
{
    /// <summary>The address of the list; an entry is found below it.</summary>
    public required string Path { get; init; }

    /// <summary>The parameter in the address that names an entry.</summary>
    public required ParameterDescription Name { get; init; }

    public required RouteDescription List { get; init; }

    public required RouteDescription Read { get; init; }

    public required Func<CancellationToken, Task<IReadOnlyList<TEntry>>> LoadAsync { get; init; }

    /// <summary>The entry of a name as the caller wrote it; null when there is none.</summary>
    public required Func<IReadOnlyList<TEntry>, string, TEntry?> Find { get; init; }

    /// <summary>The name under which <see cref="Find"/> finds an entry.</summary>
    public required Func<TEntry, string> NameOf { get; init; }

    public required Func<TEntry, TReply> ToReply { get; init; }

    public required JsonTypeInfo<TReply> ReplyType { get; init; }

    public required JsonTypeInfo<IReadOnlyList<TReply>> ListType { get; init; }

    /// <summary>The problem of a name that does not exist, and what its detail says before the names that do.</summary>
    public required ProblemKind MissingKind { get; init; }

    public required Func<string, string> Missing { get; init; }

    /// <summary>What the detail says in place of names while the catalog is empty.</summary>
    public required string Empty { get; init; }

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", Path, List, ListAsync);
        app.Map("GET", $"{Path}/{{{Name.Name}}}", Read with { Parameters = [Name] }, ReadAsync);
    }

    private async Task<IResult> ListAsync(HttpContext context)
    {
        var entries = await LoadAsync(context.RequestAborted);
        return new JsonReply<IReadOnlyList<TReply>>([.. entries.Select(ToReply)], ListType);
    }

    private async Task<IResult> ReadAsync(HttpContext context)
    {
        var name = (string)context.GetRouteValue(Name.Name)!;
        var entries = await LoadAsync(context.RequestAborted);
        if (Find(entries, name) is { } entry)
            return new JsonReply<TReply>(ToReply(entry), ReplyType);
        var others = entries.Count == 0 ? Empty : $"There are: {string.Join(", ", entries.Select(NameOf))}.";
        return new Problem(MissingKind, $"{Missing(name)} {others}");
    }
}
