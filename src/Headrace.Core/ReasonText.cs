using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Headrace.Core;

/// <summary>
/// Builds both wordings of a <see cref="Reason"/> from one interpolated string. The compiler calls its methods.
/// </summary>
[InterpolatedStringHandler]
internal readonly struct ReasonText
{
    private readonly StringBuilder _detail;
    private readonly StringBuilder _public;

    public ReasonText(int literalLength, int holes)
    {
        var capacity = literalLength + (16 * holes);
        (_detail, _public) = (new StringBuilder(capacity), new StringBuilder(capacity));
    }

    public string Detail => _detail.ToString();

    public string Public => _public.ToString();

    public void AppendLiteral(string text) => Append(text, text);

    public void AppendFormatted(Reason reason) => Append(reason.Detail, reason.Public);

    public void AppendFormatted<T>(T value) => AppendFormatted(value, null);

    public void AppendFormatted<T>(T value, string? format)
    {
        var text = value is IFormattable formattable
            ? formattable.ToString(format, CultureInfo.InvariantCulture)
            : value?.ToString();
        Append(text, text);
    }

    private void Append(string? detail, string? publicText)
    {
        _detail.Append(detail);
        _public.Append(publicText);
    }
}
