using System.Diagnostics.CodeAnalysis;

namespace Headrace.Core.Feeds;

/// <summary>All feeds by name.</summary>
internal sealed class FeedTable
{
    private readonly SortedDictionary<string, Feed> _feeds = new(StringComparer.Ordinal);

    public SortedDictionary<string, Feed>.ValueCollection All => _feeds.Values;

    public int Count => _feeds.Count;

    public bool TryGet(FeedName name, [NotNullWhen(true)] out Feed? feed) => _feeds.TryGetValue(name.Text, out feed);

    /// <summary>
    /// The completions that were removed from a queue, other than by retention, while pulls were waiting for rows. The
    /// rows may still contain these completions.
    /// </summary>
    public RemovedCompletions Removed { get; } = new();

    public void Add(Feed feed) => _feeds.Add(feed.Name.Text, feed);
}
