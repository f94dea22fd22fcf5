using System.Text;
using System.Text.Json;

namespace Headrace.Client;

/// <summary>Contains the unmodified result bytes of a job.</summary>
/// <param name="Bytes">The result.</param>
/// <param name="ContentType">The content type of the result.</param>
public sealed record JobResult(ReadOnlyMemory<byte> Bytes, string ContentType)
{
    /// <summary>Gets a value indicating whether the result is text or JSON, which a terminal can display.</summary>
    public bool IsText =>
        ContentType.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
        || ContentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Gets the result decoded as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    /// <summary>Deserializes a JSON result, with camelCase member names.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <returns>The result; null if it is JSON null.</returns>
    /// <exception cref="JsonException">The result is not JSON, or does not fit the type.</exception>
    public T? ReadFromJson<T>() => JsonSerializer.Deserialize<T>(Bytes.Span, JsonSerializerOptions.Web);
}
