namespace Headrace.Worker;

/// <summary>
/// Contains a result and the content type chosen by the method. Results of other types get a default content type:
/// <c>text/plain</c> for strings, <c>application/octet-stream</c> for bytes, and <c>application/json</c> for all other
/// types.
/// </summary>
/// <param name="Bytes">The result.</param>
/// <param name="ContentType">The content type, such as <c>image/png</c>.</param>
public sealed record MethodResult(ReadOnlyMemory<byte> Bytes, string ContentType)
{
    internal static readonly MethodResult None = new(default, "");
}
