using System.Globalization;
using System.Runtime.CompilerServices;

namespace Headrace.Server.Workers;

/// <summary>
/// Words that are only put together where a requirement does not hold: a message has hundreds of leases, and each fault
/// would be said with its path.
/// </summary>
[InterpolatedStringHandler]
internal ref struct ErrorMessageHandler
{
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

    public void AppendFormatted<T>(T value) => _parts.AppendFormatted(value);

    public string Take() => _text ?? _parts.ToStringAndClear();
}
