using System.Buffers;
using System.Text;
using System.Text.Json;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Json;

namespace Headrace.Worker.Methods;

/// <summary>Describes the methods of a worker program as JSON, for <c>--describe</c>.</summary>
internal static class MethodDescription
{
    public static string Of(IEnumerable<Offer> offers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteStartArray("methods");
            foreach (var offer in offers)
                Write(json, offer);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, Offer offer)
    {
        json.WriteStartObject();
        json.WriteString("name", offer.Method);
        json.WriteNumber("version", offer.Version);
        WriteJson(json, "schema", offer.Schema);
        if (offer.ResultSchema.Length > 0)
            WriteJson(json, "resultSchema", offer.ResultSchema);
        json.WriteNumber("slots", Math.Max(1, offer.Slots));
        json.WriteString("onLost", offer.OnLost == OfferOnLost.Fail ? "fail" : "retry");
        json.WriteBoolean("exclusive", offer.Exclusive);
        if (offer.MaxWorkerCrashes is { } crashes)
            json.WriteNumber("maxWorkerCrashes", crashes);
        if (offer.MaxLostLeases is { } leases)
            json.WriteNumber("maxLostLeases", leases);
        if (offer.RuntimeInfo.Length > 0)
            json.WriteString("runtimeInfo", offer.RuntimeInfo);
        if (offer.RetryPolicy is { } retry)
        {
            json.WritePropertyName("retry");
            JsonSerializer.Serialize(json, RetryText.ToTerms(retry.ToOptions()), HeadraceJson.Default.RetryTerms);
        }
        json.WriteEndObject();
    }

    // The text is parsed instead of being written unchanged, so that the output is indented consistently.
    private static void WriteJson(Utf8JsonWriter json, string name, string text)
    {
        json.WritePropertyName(name);
        JsonElement.Parse(text).WriteTo(json);
    }
}
