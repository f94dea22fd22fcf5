using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Protocol.Json;

namespace Headrace.Server.Jobs;

/// <summary>
/// Reads times that include a UTC offset. A time without an offset is rejected, because it would be interpreted in the
/// time zone of the server.
/// </summary>
internal sealed class Rfc3339Converter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && Rfc3339.TryParse(reader.GetString(), out var time))
            return time;
        throw new JsonException($"it must be {Rfc3339.Format}.");
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);
}
