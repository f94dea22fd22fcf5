using System.Text;

namespace Headrace.Client;

/// <summary>Contains the unmodified result bytes of a job.</summary>
/// <param name="Bytes">The result.</param>
/// <param name="ContentType">The content type of the result.</param>
public sealed record JobResult(ReadOnlyMemory<byte> Bytes, string ContentType)
{
    /// <summary>Gets whether the result is text or JSON, which a terminal can display.</summary>
    public bool IsText =>
        ContentType.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
        || ContentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Gets the result decoded as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.Span);
}
