using System.Diagnostics.CodeAnalysis;

namespace Headrace.Core;

/// <summary>
/// A reason in two wordings. Callers with a key see <paramref name="Detail"/>. Callers without a key see
/// <paramref name="Public"/>, which does not name files or folders on the server's machine. A reason may also omit
/// queue names from <paramref name="Public"/>, for callers who are not permitted to see these queues. Text that
/// contains no such names can be used directly as a reason.
/// </summary>
internal sealed record Reason(string Detail, string Public)
{
    [return: NotNullIfNotNull(nameof(text))]
    public static implicit operator Reason?(string? text) => text is null ? null : new(text, text);

    /// <summary>
    /// Composes a reason from an interpolated string. Each inserted reason appears in the wording meant for the
    /// respective caller.
    /// </summary>
    public static Reason Of(ReasonText text) => new(text.Detail, text.Public);

    /// <summary>
    /// Returns a quoted path, which is replaced with <paramref name="publicWords"/> for callers without a key.
    /// </summary>
    public static Reason Path(string path, string publicWords) => new($"'{path}'", publicWords);

    public override string ToString() => Detail;
}
