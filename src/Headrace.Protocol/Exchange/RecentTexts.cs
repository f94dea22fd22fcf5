using System.Runtime.CompilerServices;

namespace Headrace.Protocol.Exchange;

/// <summary>
/// The last short texts of a message, one for each field number modulo 8, so that the queue, method and content type of
/// a hundred leases are decoded once. Fields that share a place replace each other's text and cost a decoding, nothing
/// more.
/// </summary>
[InlineArray(Entries)]
internal struct RecentTexts
{
    public const int Entries = 8;

    /// <summary>Names have at most 64 bytes and content types about twenty. Longer texts rarely repeat.</summary>
    public const int Longest = 64;

    private Entry _first;

    internal struct Entry
    {
        public int At;
        public int Length;
        public string? Text;
    }
}
