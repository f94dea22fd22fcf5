using System.Globalization;
using System.Runtime.CompilerServices;
using Headrace.Server.Http;

namespace Headrace.Server.Workers;

/// <summary>
/// Formats an error message only if a requirement is not met. A worker's message can contain hundreds of leases, and
/// formatting a path for each of them would be expensive.
/// </summary>
[InterpolatedStringHandler]
internal ref struct ErrorMessageHandler
{
    /// <summary>
    /// Maximum length of one text in a message, longer than every text that the server itself composes. A quoted text
    /// could be as long as the worker's message.
    /// </summary>
    private const int MaxTextLength = 1_000;

    private readonly string? _text;
    private DefaultInterpolatedStringHandler _parts;

    public ErrorMessageHandler(int literalLength, int formattedCount, bool holds, out bool wanted)
    {
        wanted = !holds;
        if (wanted)
            _parts = new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture);
    }

    private ErrorMessageHandler(string whole) => _text = whole;

    public static implicit operator ErrorMessageHandler(string whole) => new(whole);

    public void AppendLiteral(string text) => _parts.AppendLiteral(text);

    public void AppendFormatted(string? text) => _parts.AppendLiteral(QuotedText.Clip(text ?? "", MaxTextLength));

    public void AppendFormatted<T>(T value) => _parts.AppendFormatted(value);

    public string Take() => _text ?? _parts.ToStringAndClear();
}
