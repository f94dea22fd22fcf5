using System.Text;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Returns the same string instance for equal short UTF-8 texts, so that a repeated name uses memory only once.
/// </summary>
internal sealed class TextCache
{
    private const int MaxCachedLength = 128;

    /// <summary>Maximum number of cached texts: 4,096 texts of at most 128 bytes use about 1 MB.</summary>
    private const int MaxCachedTexts = 4_096;

    private readonly Dictionary<string, string> _texts = [];

    public string GetOrAdd(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxCachedLength)
            return Encoding.UTF8.GetString(utf8);
        Span<char> buffer = stackalloc char[MaxCachedLength];
        ReadOnlySpan<char> characters = buffer[..Encoding.UTF8.GetChars(utf8, buffer)];
        var known = _texts.GetAlternateLookup<ReadOnlySpan<char>>();
        if (known.TryGetValue(characters, out var text))
            return text;
        if (_texts.Count == MaxCachedTexts)
            _texts.Clear();
        text = characters.ToString();
        _texts.Add(text, text);
        return text;
    }
}
