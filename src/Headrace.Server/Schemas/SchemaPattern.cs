using System.Text.RegularExpressions;

namespace Headrace.Server.Schemas;

/// <summary>
/// A regular expression in a schema. If possible, matching takes time proportional to the length of the text.
/// Expressions with look-arounds or backreferences need backtracking, which can take exponential time, so a time limit
/// applies.
/// </summary>
internal sealed class SchemaPattern
{
    /// <summary>Maximum length of a pattern in characters. The limit keeps the compilation time short.</summary>
    public const int MaxLength = 1_024;

    /// <summary>
    /// The time limit for all matches of one validation. Matching usually takes microseconds. A value that exceeds the
    /// limit is rejected, because it would take just as long in the worker.
    /// </summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);

    private readonly Regex _regex;

    private SchemaPattern(string text, Regex regex) => (Text, _regex) = (text, regex);

    public string Text { get; }

    /// <summary>Compiles a pattern. Throws <see cref="SchemaException"/> if it is not valid.</summary>
    public static SchemaPattern Compile(string text, string path)
    {
        if (text.Length > MaxLength)
            throw new SchemaException($"{path} has {text.Length} characters; the limit is {MaxLength}");
        try
        {
            return new SchemaPattern(text, Compile(text));
        }
        catch (ArgumentException invalid)
        {
            throw new SchemaException(
                $"{path} is not a valid regular expression ({SchemaText.Clip(invalid.Message)})",
                invalid
            );
        }
    }

    private static Regex Compile(string text)
    {
        try
        {
            return new Regex(text, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Timeout);
        }
        catch (NotSupportedException)
        {
            return new Regex(text, RegexOptions.CultureInvariant, Timeout);
        }
    }

    /// <summary>Throws <see cref="RegexMatchTimeoutException"/> if matching takes too long.</summary>
    public bool IsMatch(string text) => _regex.IsMatch(text);
}
