namespace Headrace.Core.Feeds;

/// <summary>Where a feed begins: at a completion number, or with the next job that ends.</summary>
/// <param name="Number">The first completion number; null for the next one.</param>
internal readonly record struct FeedStart(long? Number)
{
    /// <summary>All ended jobs that the server still keeps.</summary>
    public static readonly FeedStart First = new(1);

    /// <summary>The jobs that end from now on.</summary>
    public static readonly FeedStart Now = new(null);
}
