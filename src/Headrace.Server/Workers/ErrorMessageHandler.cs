using System.Globalization;
using System.Runtime.CompilerServices;

namespace Headrace.Server.Workers;

/// <summary>
/// Formats an error message only if a requirement is not met. A worker's message can contain hundreds of leases, and
/// formatting a path for each of them would be expensive.
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
