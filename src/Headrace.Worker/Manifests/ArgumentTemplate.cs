using System.Text;
using Headrace.Core;

namespace Headrace.Worker.Manifests;

/// <summary>
/// One argument of a program: text with placeholders in braces. <c>{{</c> and <c>}}</c> stand for braces. An argument
/// remains a single argument regardless of what the values contain, because no shell parses it.
/// </summary>
internal sealed class ArgumentTemplate
{
    private const string ParamsPrefix = "params.";

    private readonly IReadOnlyList<Part> _parts;

    private ArgumentTemplate(string text, IReadOnlyList<Part> parts) => (Text, _parts) = (text, parts);

    /// <summary>The placeholders that do not refer to a parameter.</summary>
    public static readonly IReadOnlyList<string> Placeholders = ["input", "output", "dir", "method"];

    /// <summary>Gets the argument as written in the manifest.</summary>
    public string Text { get; }

    /// <summary>Gets the names of the parameters that the argument uses.</summary>
    public IEnumerable<string> Parameters =>
        _parts.Where(part => part.Parameter is not null).Select(part => part.Parameter!);

    /// <summary>
    /// Gets a value indicating whether the argument uses the given placeholder, one of <see cref="Placeholders"/>.
    /// </summary>
    public bool Uses(string word) => _parts.Any(part => part.Word == word);

    /// <summary>
    /// Reads an argument. Returns null if it is not valid; <paramref name="fault"/> then explains why, and
    /// <paramref name="at"/> is the index of the invalid character.
    /// </summary>
    public static ArgumentTemplate? TryRead(string text, out string fault, out int at)
    {
        (fault, at) = ("", 0);
        var parts = new List<Part>();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('{' or '}'))
                literal.Append(text[i]);
            else if (i + 1 < text.Length && text[i + 1] == text[i])
                literal.Append(text[i++]);
            else if (text[i] == '{' && text.IndexOf('}', i) is > 0 and var end)
            {
                var word = text[(i + 1)..end];
                if (!word.StartsWith(ParamsPrefix, StringComparison.Ordinal) && !Placeholders.Contains(word))
                {
                    (fault, at) = (
                        $"{{{word}}} is not a placeholder. Did you mean {{{Nearest(word)}}}? "
                            + "Write {{ and }} for literal braces.",
                        i
                    );
                    return null;
                }
                Flush();
                parts.Add(
                    word.StartsWith(ParamsPrefix, StringComparison.Ordinal)
                        ? new Part("", word[ParamsPrefix.Length..], null)
                        : new Part("", null, word)
                );
                i = end;
            }
            else
            {
                (fault, at) = (
                    $"The brace '{text[i]}' has no matching brace. Write {text[i]}{text[i]} for a literal brace.",
                    i
                );
                return null;
            }
        }
        Flush();
        return new ArgumentTemplate(text, parts);

        void Flush()
        {
            if (literal.Length > 0)
                parts.Add(new Part(literal.ToString(), null, null));
            literal.Clear();
        }
    }

    /// <summary>Returns an argument without placeholders.</summary>
    public static ArgumentTemplate Literal(string text) => new(text, [new Part(text, null, null)]);

    /// <summary>Returns the argument with the values in place of the placeholders.</summary>
    public string Fill(Func<string, string> parameter, Func<string, string> word) =>
        _parts is [{ Parameter: null, Word: null } only]
            ? only.Literal
            : string.Concat(
                _parts.Select(part =>
                    part.Parameter is { } name ? parameter(name)
                    : part.Word is { } placeholder ? word(placeholder)
                    : part.Literal
                )
            );

    public override string ToString() => Text;

    private static string Nearest(string word) =>
        word.StartsWith("param", StringComparison.Ordinal)
            ? ParamsPrefix + "NAME"
            : EditDistance.Nearest(word, Placeholders);

    private readonly record struct Part(string Literal, string? Parameter, string? Word);
}
