namespace Headrace.Worker.Manifests;

/// <summary>
/// The JSON Schema of manifests, for editors. <see cref="ManifestReader"/> performs further checks, for example on
/// placeholders.
/// </summary>
internal static class ManifestSchema
{
    private const string Resource = "method.schema.json";

    public static string Text { get; } = Read();

    private static string Read()
    {
        using var stream =
            typeof(ManifestSchema).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is missing.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
