using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Headrace.Core;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary>
/// The two routes of a catalog: list its entries in pages, and read one by name. For an unknown name, the reply lists
/// some of the known names.
/// </summary>
internal sealed class CatalogRoutes<TEntry, TReply>
    where TEntry : class
{
    /// <summary>The path of the list. The path of an entry is this path followed by the name of the entry.</summary>
    public required string Path { get; init; }

    /// <summary>The path parameter that contains the name of an entry.</summary>
    public required ParameterDescription Name { get; init; }

    public required RouteDescription List { get; init; }

    public required RouteDescription Read { get; init; }

    /// <summary>
    /// Gets the function that lists the entries that the caller may read, starting after a name, or at the first entry
    /// if the name is null.
    /// </summary>
    public required Func<HttpContext, string?, IAsyncEnumerable<TEntry>> ListAfter { get; init; }

    /// <summary>
    /// Gets the function that finds the entry for a name as written by the caller. The function returns null if the
    /// name matches no entry that the caller may read.
    /// </summary>
    public required Func<HttpContext, string, Task<TEntry?>> FindAsync { get; init; }

    /// <summary>Gets the function that returns the name under which <see cref="FindAsync"/> finds an entry.</summary>
    public required Func<TEntry, string> NameOf { get; init; }

    public required Func<TEntry, TReply> ToReply { get; init; }

    public required JsonTypeInfo<TReply> ReplyType { get; init; }

    /// <summary>The problem kind for an unknown name.</summary>
    public required ProblemKind MissingKind { get; init; }

    /// <summary>Gets the function that returns the first sentence of the problem detail for an unknown name.</summary>
    public required Func<string, string> Missing { get; init; }

    /// <summary>The text that introduces the list of known names, such as "Known queues".</summary>
    public required string KnownLabel { get; init; }

    /// <summary>
    /// The sentence that replaces the list of known names in the problem detail while the catalog is empty.
    /// </summary>
    public required string Empty { get; init; }

    /// <summary>Gets the function that returns the approximate size of an entry in a list, in bytes.</summary>
    public required Func<TEntry, long> SizeOf { get; init; }

    /// <summary>Maximum number of known names in the reply for an unknown name.</summary>
    private const int MaxKnown = 10;

    /// <summary>Maximum number of names that are searched for the most similar ones.</summary>
    private const int MaxSearched = 1_000;

    /// <summary>Maximum number of characters of an unknown name that are compared with the known names.</summary>
    private const int MaxCompared = 70;

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", Path, List with { Parameters = [ListPage.After, ListPage.Limit] }, ListAsync);
        app.Map("GET", $"{Path}/{{{Name.Name}}}", Read with { Parameters = [Name] }, ReadAsync);
    }

    private async Task<IResult> ListAsync(HttpContext context)
    {
        if (!ListPage.Limit.Read(context.Request).TryGet(out var limit, out var problem))
            return problem;
        string? after = null;
        if (context.Request.Query["after"].ToString() is { Length: > 0 } text)
        {
            if (await FindAsync(context, text) is null)
                return Problem.BadRequest(
                    $"after={QuotedText.Clip(text)} is not valid. Use the name of the last entry on the previous page."
                );
            after = text;
        }
        var page = await ListPage.ReadAsync(context, Path, limit, ListAfter(context, after), NameOf, SizeOf);
        return new JsonListReply<TReply>(page.Select(ToReply), ReplyType);
    }

    private async Task<IResult> ReadAsync(HttpContext context)
    {
        var name = (string)context.GetRouteValue(Name.Name)!;
        if (await FindAsync(context, name) is { } entry)
            return new JsonReply<TReply>(ToReply(entry), ReplyType);
        return new Problem(MissingKind, $"{Missing(QuotedText.Clip(name))} {await KnownAsync(context, name)}");
    }

    /// <summary>
    /// Returns a sentence that lists the known names, or the most similar ones and the number of the others.
    /// </summary>
    private async Task<string> KnownAsync(HttpContext context, string asked)
    {
        var names = new List<string>();
        var isCut = false;
        await foreach (var entry in ListAfter(context, null))
        {
            if (isCut = names.Count == MaxSearched)
                break;
            names.Add(NameOf(entry));
        }
        if (names.Count <= MaxKnown)
            return names.Count == 0 ? Empty : $"{KnownLabel}: {QuotedText.List(names)}.";
        // A name in a path may be much longer than any valid name, and the comparison would take accordingly long.
        var word = asked[..Math.Min(asked.Length, MaxCompared)].ToLowerInvariant();
        var nearest = names.OrderBy(name => EditDistance.Between(word, name)).Take(MaxKnown).ToList();
        var count = (names.Count - MaxKnown).ToString(CultureInfo.InvariantCulture);
        var others = isCut ? $"more than {count}" : count;
        return $"{KnownLabel}: {QuotedText.List(nearest)} and {others} more. GET {Path} lists all of them.";
    }
}
