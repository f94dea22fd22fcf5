namespace Headrace.Worker.Manifests;

/// <summary>An error in a manifest, with its line and column.</summary>
internal sealed record ManifestFault(int Line, int Column, string Message)
{
    /// <summary>
    /// Returns the error at a byte offset in a file. Columns are counted in characters, as in editors.
    /// </summary>
    public static ManifestFault At(ReadOnlySpan<byte> file, int offset, string message)
    {
        var before = file[..Math.Min(offset, file.Length)];
        var lineStart = before.LastIndexOf((byte)'\n') + 1;
        return new ManifestFault(
            before.Count((byte)'\n') + 1,
            System.Text.Encoding.UTF8.GetCharCount(before[lineStart..]) + 1,
            message
        );
    }

    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Line}:{Column}: {Message}");
}
