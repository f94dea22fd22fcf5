namespace Headrace.Worker;

/// <summary>
/// A result with the content type that its method chose. Without one, a string is <c>text/plain</c>, bytes are
/// <c>application/octet-stream</c>, anything else is JSON.
/// </summary>
/// <param name="Bytes">The result.</param>
/// <param name="ContentType">Its content type, such as <c>image/png</c>.</param>
public sealed record MethodResult(ReadOnlyMemory<byte> Bytes, string ContentType)
{
    internal static readonly MethodResult None = new(default, "");
}
