using System.Runtime.CompilerServices;

namespace Headrace.Protocol.Exchange;

/// <summary>
/// Caches the last short text for each field number modulo 8, so that a queue, method or content type shared by a
/// hundred leases in a message is decoded only once. Fields that share an entry replace each other's text, which only
/// causes the text to be decoded again.
/// </summary>
[InlineArray(Entries)]
internal struct RecentTexts
{
    public const int Entries = 8;

    /// <summary>
    /// Maximum length of a cached text in bytes. Names have at most 64 bytes and content types about 20; longer texts
    /// rarely repeat.
    /// </summary>
    public const int Longest = 64;

    private Entry _first;

    internal struct Entry
    {
        public int At;
        public int Length;
        public string? Text;
    }
}
