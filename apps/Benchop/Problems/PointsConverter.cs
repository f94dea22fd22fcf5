using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Apps.Benchop.Problems;

/// <summary>Reads the spots of evaluation points: a list of numbers or, as in the text form, a single number.</summary>
internal sealed class PointsConverter : JsonConverter<IReadOnlyList<double>>
{
    public override IReadOnlyList<double> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return [reader.GetDouble()];
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("Specify a number or a list of numbers, such as [90, 100, 110].");

        var spots = new List<double>();
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
            spots.Add(reader.GetDouble());

        return reader.TokenType == JsonTokenType.EndArray
            ? spots
            : throw new JsonException("Each spot in the list must be a number.");
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<double> spots, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var spot in spots)
            writer.WriteNumberValue(spot);
        writer.WriteEndArray();
    }
}
