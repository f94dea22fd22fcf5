using System.Runtime.CompilerServices;

namespace Headrace.Protocol.Exchange;

/// <summary>
/// Where the last short texts of a message stood, one for each number of a field, so that the queue, the method and the
/// content type of a hundred leases are decoded once.
/// Eight are more than the fields that repeat; others share their places and lose nothing but the decoding.
/// </summary>
[InlineArray(Places)]
internal struct RecentTexts
{
    public const int Places = 8;

    /// <summary>Names have at most 64 bytes, content types some twenty; a longer text is hardly said twice.</summary>
    public const int Longest = 64;

    private Place _first;

    internal struct Place
    {
        public int At;
        public int Length;
        public string? Text;
    }
}
