using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Client.Steering;

/// <summary>
/// Keeps the data of a task in the tags of its job, so that it survives a restart of the program. A tag has at most 64
/// characters, so the JSON is split: <c>data.0=…</c>, <c>data.1=…</c>. The Python client uses the same form.
/// </summary>
internal static class TaskTags
{
    /// <summary>
    /// A job has at most 16 tags. One contains the time of the creation; the rest is for the program.
    /// </summary>
    public const int MaxParts = 13;

    private const int PartLength = 55;

    /// <summary>The longest JSON. A part is shortened so that it does not split a character of two units.</summary>
    public const int MaxLength = 700;

    private const string CreatedTag = "created=";

    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <exception cref="ArgumentException">The data is too long.</exception>
    public static IReadOnlyList<string> Write(JsonElement? data, DateTimeOffset created)
    {
        List<string> tags = [CreatedTag + created.ToString("O", CultureInfo.InvariantCulture)];
        if (data is not { } value)
            return tags;
        var json = JsonSerializer.Serialize(value, Plain);
        if (json.Length > MaxLength)
            throw new ArgumentException(
                $"The data of a task has {json.Length} characters of JSON; the limit is {MaxLength}. Keep the rest in "
                    + "your program, under a name that the data contains.",
                nameof(data)
            );
        for (var (part, start) = (0, 0); start < json.Length; part++)
        {
            var length = Math.Min(PartLength, json.Length - start);
            if (length < json.Length - start && char.IsHighSurrogate(json[start + length - 1]))
                length--;
            tags.Add(string.Create(CultureInfo.InvariantCulture, $"data.{part}={json.AsSpan(start, length)}"));
            start += length;
        }
        return tags;
    }

    public static (JsonElement? Data, DateTimeOffset? Created) Read(IReadOnlyList<string>? tags)
    {
        var json = "";
        for (var part = 0; Find(tags, string.Create(CultureInfo.InvariantCulture, $"data.{part}=")) is { } text; part++)
            json += text;
        return (
            json.Length == 0 ? null : JsonElement.Parse(json),
            Rfc3339.TryParse(Find(tags, CreatedTag), out var created)
                ? created
                : null
        );
    }

    private static string? Find(IReadOnlyList<string>? tags, string prefix) =>
        tags?.FirstOrDefault(tag => tag.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
}
