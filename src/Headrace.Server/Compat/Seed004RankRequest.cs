using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Server.Http;

namespace Headrace.Server.Compat;

/// <summary>
/// The body of a request for a ranking with the client's reference values: all parameters, and a reference value U for
/// each spot. S and U are each a number or a list of numbers.
/// </summary>
internal sealed record Seed004RankRequest
{
    private const int MaxSpots = 100;

    private const string Example =
        "{\"S\":[90,100,110],\"K\":100,\"T\":1,\"r\":0.03,\"sig\":0.15,\"U\":[2.758,7.485,14.702]}";

    [JsonPropertyName("S")]
    public JsonElement Spots { get; init; }

    [JsonPropertyName("K")]
    public double? Strike { get; init; }

    [JsonPropertyName("T")]
    public double? Maturity { get; init; }

    [JsonPropertyName("r")]
    public double? Rate { get; init; }

    [JsonPropertyName("sig")]
    public double? Volatility { get; init; }

    [JsonPropertyName("U")]
    public JsonElement References { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>Reads the body of a request.</summary>
    public static Result<(Seed004Parameters Parameters, List<double> References)> Read(byte[] body)
    {
        Seed004RankRequest? request;
        try
        {
            request = JsonSerializer.Deserialize(body, CompatJson.Default.Seed004RankRequest);
        }
        catch (JsonException)
        {
            return Problem.BadRequest($"The body is not a JSON object with numbers. Send, for example, {Example}.");
        }
        if (request is null)
            return Problem.BadRequest($"The body is null. Send, for example, {Example}.");
        if (request.Unknown is { Count: > 0 } unknown)
            return Problem.BadRequest(
                $"There is no member '{QuotedText.Clip(unknown.Keys.First())}'. Valid members: S, K, T, r, sig, U."
            );
        if (request is not { Strike: { } k, Maturity: { } t, Rate: { } r, Volatility: { } sig })
            return Problem.BadRequest($"The members K, T, r and sig are required. Send, for example, {Example}.");
        if (!(double.IsFinite(k) && double.IsFinite(t) && double.IsFinite(r) && double.IsFinite(sig)))
            return Problem.BadRequest("A number is too large. Use numbers below 1e308.");
        if (Numbers(request.Spots) is not { } spots || Numbers(request.References) is not { } references)
            return Problem.BadRequest(
                $"The members S and U are required; each is a number or a list of 1 to {MaxSpots} numbers. Send, for "
                    + $"example, {Example}."
            );
        if (spots.Count != references.Count)
            return Problem.BadRequest(
                $"S has {spots.Count} numbers and U has {references.Count}. Send a reference value for each spot."
            );
        if (references.Contains(0))
            return Problem.BadRequest("U contains 0, for which no relative error can be computed. Omit this spot.");
        return (Seed004Parameters.Of(spots, k, t, r, sig), references);
    }

    /// <summary>Returns null if the member is missing or contains anything other than finite numbers.</summary>
    private static List<double>? Numbers(JsonElement member)
    {
        if (Number(member) is { } single)
            return [single];
        if (member.ValueKind != JsonValueKind.Array || member.GetArrayLength() is 0 or > MaxSpots)
            return null;
        var numbers = member.EnumerateArray().Select(Number).ToList();
        return numbers.Contains(null) ? null : numbers.ConvertAll(number => number!.Value);
    }

    private static double? Number(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : null;
}
