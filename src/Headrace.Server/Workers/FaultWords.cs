using System.Globalization;
using System.Runtime.CompilerServices;

namespace Headrace.Server.Workers;

/// <summary>
/// Words that are only put together where a requirement does not hold: a message has hundreds of leases, and each fault
/// would be said with its path.
/// </summary>
[InterpolatedStringHandler]
internal ref struct FaultWords
{
    private readonly string? _whole;
    private DefaultInterpolatedStringHandler _parts;

    public FaultWords(int literalLength, int formattedCount, bool holds, out bool wanted)
    {
        wanted = !holds;
        if (wanted)
            _parts = new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture);
    }

    private FaultWords(string whole) => _whole = whole;

    public static implicit operator FaultWords(string whole) => new(whole);

    public void AppendLiteral(string text) => _parts.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _parts.AppendFormatted(value);

    public string Take() => _whole ?? _parts.ToStringAndClear();
}
