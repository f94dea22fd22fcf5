using System.Text;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Reads the texts of an exception that a method threw. The method's code produces these texts and may return null,
/// throw an exception, or return a very long text. None of these cases may affect the worker.
/// </summary>
internal static class ExceptionText
{
    public const int MaxType = 200;
    public const int MaxMessage = 4 << 10;
    public const int MaxDetail = 16 << 10;

    public static string TypeOf(Exception thrown) => thrown.GetType().FullName ?? thrown.GetType().Name;

    public static string MessageOf(Exception thrown) => Truncate(Read(() => thrown.Message, thrown), MaxMessage);

    /// <summary>Returns the exception with its stack trace.</summary>
    public static string DetailOf(Exception thrown) => Truncate(Read(thrown.ToString, thrown), MaxDetail);

    public static string Truncate(string text, int most)
    {
        if (text.Length > most)
            text = string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1), "…");
        // An unpaired surrogate has no UTF-8 encoding, and the wire format accepts only valid UTF-8.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }

    private static string Read(Func<string?> text, Exception thrown)
    {
        try
        {
            return text() ?? $"{TypeOf(thrown)} (it has no message)";
        }
        // Catches every exception, because the method's code produces the text.
        catch (Exception inner)
        {
            return $"{TypeOf(thrown)} (reading its message threw {TypeOf(inner)})";
        }
    }
}
