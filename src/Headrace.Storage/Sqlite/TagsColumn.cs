using System.Text.Encodings.Web;
using System.Text.Json;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Stores the tags of a job in one column: a sorted JSON array of strings, or NULL if the job has no tags.
/// </summary>
internal static class TagsColumn
{
    /// <summary>Escapes only what JSON requires, to keep the column readable.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Put(Statement into, JobTags tags)
    {
        if (tags.Values.Count == 0)
            into.BindNull();
        else
            into.Bind(ToJson(tags));
    }

    public static JobTags Take(Statement from) => from.ReadBytesOrNull() is { } json ? FromJson(json) : JobTags.None;

    private static byte[] ToJson(JobTags tags)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Plain))
        {
            writer.WriteStartArray();
            foreach (var tag in tags.Values)
                writer.WriteStringValue(tag);
            writer.WriteEndArray();
        }
        return bytes.ToArray();
    }

    private static JobTags FromJson(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        return JobTags.Of(document.RootElement.EnumerateArray().Select(tag => tag.GetString()!));
    }
}
