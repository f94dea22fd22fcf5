using System.Globalization;
using System.Text.Json;
using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Worker.Manifests;

/// <summary>
/// Reads the values in a manifest and collects every error with its position. After an error, reading continues with
/// the default value, so that all errors in a file are reported together.
/// </summary>
internal sealed class ManifestValues(ReadOnlyMemory<byte> file)
{
    private readonly List<ManifestFault> _faults = [];

    public IReadOnlyList<ManifestFault> Faults => _faults;

    public void Add(int place, string message) => _faults.Add(ManifestFault.At(file.Span, place, message));

    /// <summary>
    /// Reads the members of an object with the readers for the known names. An unknown name is an error whose message
    /// suggests the nearest known name. A name that occurs twice is also an error.
    /// </summary>
    /// <param name="value">The value, which must be an object.</param>
    /// <param name="what">A description of the object, used as the subject of messages.</param>
    /// <param name="readers">The reader of each known member.</param>
    public void Object(LocatedJson value, string what, IReadOnlyDictionary<string, Action<LocatedJson>> readers)
    {
        if (!Is(value, JsonValueKind.Object, what, "an object"))
            return;
        var seen = new HashSet<string>();
        foreach (var member in value.Members)
            if (!seen.Add(member.Name))
                Add(member.Place, $"'{member.Name}' occurs twice.");
            else if (readers.TryGetValue(member.Name, out var read))
                read(member.Value);
            else
                Add(
                    member.Place,
                    $"'{member.Name}' is not a member of {what}. Did you mean "
                        + $"'{EditDistance.Nearest(member.Name, readers.Keys)}'?"
                );
    }

    public bool Is(LocatedJson value, JsonValueKind kind, string what, string expected)
    {
        if (value.Kind == kind)
            return true;
        Add(value.Place, $"{what} must be {expected}, not {Describe(value)}.");
        return false;
    }

    public string Text(LocatedJson value, string what, string otherwise) =>
        Is(value, JsonValueKind.String, what, "a string") ? value.Text : otherwise;

    public bool Flag(LocatedJson value, string what)
    {
        if (value.Kind is JsonValueKind.True or JsonValueKind.False)
            return value.Kind == JsonValueKind.True;
        Add(value.Place, $"{what} must be true or false, not {Describe(value)}.");
        return false;
    }

    public int Whole(LocatedJson value, string what, int min, int max, int otherwise)
    {
        if (
            value.Kind == JsonValueKind.Number
            && int.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= min
            && number <= max
        )
            return number;
        Add(value.Place, $"{what} must be a whole number from {min} to {max}, not {Describe(value)}.");
        return otherwise;
    }

    public List<int> Wholes(LocatedJson value, string what, int min, int max)
    {
        var numbers = new List<int>();
        if (Is(value, JsonValueKind.Array, what, "an array of whole numbers"))
            foreach (var element in value.Elements)
                numbers.Add(Whole(element, $"An element of {what}", min, max, min));
        return numbers;
    }

    public TimeSpan Duration(LocatedJson value, string what, TimeSpan min, TimeSpan max, TimeSpan otherwise)
    {
        if (
            value.Kind == JsonValueKind.String
            && DurationText.TryParse(value.Text, out var duration)
            && duration >= min
            && duration <= max
        )
            return duration;
        Add(
            value.Place,
            $"{what} must be {DurationText.Format}, from {DurationText.ToText(min)} to {DurationText.ToText(max)}, not "
                + $"{Describe(value)}."
        );
        return otherwise;
    }

    public long Size(LocatedJson value, string what, long max, long otherwise)
    {
        if (value.Kind == JsonValueKind.String && SizeText.TryParse(value.Text, out var bytes) && bytes <= max)
            return bytes;
        Add(
            value.Place,
            $"{what} must be {SizeText.Format}, from 1 byte to {SizeText.ToText(max)}, not {Describe(value)}."
        );
        return otherwise;
    }

    /// <summary>
    /// Reads one of several words. An unknown word is an error whose message suggests the nearest valid word.
    /// </summary>
    public T Word<T>(LocatedJson value, string what, IReadOnlyDictionary<string, T> words, T otherwise)
    {
        if (value.Kind == JsonValueKind.String && words.TryGetValue(value.Text, out var meaning))
            return meaning;
        var hint =
            value.Kind == JsonValueKind.String
                ? $" Did you mean \"{EditDistance.Nearest(value.Text, words.Keys)}\"?"
                : "";
        Add(
            value.Place,
            $"{what} must be one of {string.Join(", ", words.Keys.Select(word => $"\"{word}\""))}, not "
                + $"{Describe(value)}.{hint}"
        );
        return otherwise;
    }

    public List<string> Texts(LocatedJson value, string what)
    {
        var texts = new List<string>();
        if (Is(value, JsonValueKind.Array, what, "an array of strings"))
            foreach (var element in value.Elements)
                if (Is(element, JsonValueKind.String, $"An element of {what}", "a string"))
                    texts.Add(element.Text);
        return texts;
    }

    /// <summary>Returns a value as it appears in messages.</summary>
    public static string Describe(LocatedJson value) =>
        value.Kind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            JsonValueKind.String => value.Text.Length <= 40 ? $"\"{value.Text}\"" : $"\"{value.Text[..40]}…\"",
            JsonValueKind.Number => value.Text,
            _ => value.Kind.ToString().ToLowerInvariant(),
        };
}
