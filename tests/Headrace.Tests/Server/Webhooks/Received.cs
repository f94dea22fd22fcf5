using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Headrace.Tests.Server.Webhooks;

/// <summary>A request that a webhook receiver has read.</summary>
internal sealed record Received(string Line, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Id => Headers["webhook-id"];

    public JsonElement Json => JsonElement.Parse(Body);

    public string? Type => Json.GetProperty("type").GetString();

    /// <summary>The id of the job that the message is about.</summary>
    public string? Job => Json.GetProperty("data").GetProperty("id").GetString();

    /// <summary>Verifies the message in the way that the specification requires of receivers.</summary>
    public bool IsSignedWith(string secret)
    {
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        var head = Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{Id}.{Headers["webhook-timestamp"]}.")
        );
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, (byte[])[.. head, .. Body]));
        return Headers["webhook-signature"].Split(' ').Contains(expected);
    }
}
