using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Results;

/// <summary>
/// One page of a list whose entries have names. A page ends early if its entries are large, so that no reply becomes
/// large.
/// </summary>
internal static class ListPage
{
    public static readonly IntegerParameter Limit = new(
        "limit",
        1,
        1_000,
        1_000,
        "Maximum number of entries; the header Link holds the address of the next page"
    );

    public static readonly ParameterDescription After = ParameterDescription.Query(
        "after",
        "The name of the last entry of the previous page"
    );

    /// <summary>Size in bytes at which a page ends early.</summary>
    private const long FullBytes = 4 << 20;

    /// <summary>
    /// Returns the first entries, and sets the header Link if there are more. Collects only the entries of this page,
    /// which stay in memory until the client has read them.
    /// </summary>
    /// <param name="context">The request, whose reply receives the header.</param>
    /// <param name="path">The path of the list.</param>
    /// <param name="limit">The maximum number of entries.</param>
    /// <param name="entries">The entries after the previous page.</param>
    /// <param name="nameOf">Returns the name of an entry, at which the next page continues.</param>
    /// <param name="sizeOf">Returns the approximate size of an entry in bytes.</param>
    public static async Task<List<TEntry>> ReadAsync<TEntry>(
        HttpContext context,
        string path,
        int limit,
        IAsyncEnumerable<TEntry> entries,
        Func<TEntry, string> nameOf,
        Func<TEntry, long> sizeOf
    )
    {
        var page = new List<TEntry>();
        var bytes = 0L;
        await foreach (var entry in entries)
        {
            if (page.Count == limit || bytes >= FullBytes)
            {
                // The reply is a JSON array, which cannot contain a cursor, so a Link header (RFC 8288) contains the
                // address of the next page.
                context.Response.Headers.Link =
                    $"<{path}?after={Uri.EscapeDataString(nameOf(page[^1]))}&limit={limit}>; rel=\"next\"";
                break;
            }
            page.Add(entry);
            bytes += sizeOf(entry);
        }
        return page;
    }
}
