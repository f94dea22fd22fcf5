using System.Text;

namespace Headrace.Client;

/// <summary>The bytes that a job left, as it left them.</summary>
/// <param name="Bytes">The result.</param>
/// <param name="ContentType">Its content type.</param>
public sealed record JobResult(ReadOnlyMemory<byte> Bytes, string ContentType)
{
    /// <summary>True for text and JSON: fit to be shown on a terminal.</summary>
    public bool IsText =>
        ContentType.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
        || ContentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase);

    /// <summary>The result read as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.Span);
}
