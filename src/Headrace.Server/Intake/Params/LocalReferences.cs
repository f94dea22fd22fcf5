using NJsonSchema;
using NJsonSchema.References;

namespace Headrace.Server.Intake.Params;

/// <summary>
/// Resolves references only within the schema. Workers supply schemas, and a schema must not make the server read files
/// or URLs.
/// </summary>
internal sealed class LocalReferences(JsonSchemaAppender appender) : JsonReferenceResolver(appender)
{
    public static JsonReferenceResolver For(JsonSchema schema) =>
        new LocalReferences(new JsonSchemaAppender(schema, new DefaultTypeNameGenerator()));

    public override Task<IJsonReference> ResolveFileReferenceAsync(
        string filePath,
        CancellationToken cancellationToken = default
    ) => throw Refused(filePath);

    public override Task<IJsonReference> ResolveUrlReferenceAsync(
        string url,
        CancellationToken cancellationToken = default
    ) => throw Refused(url);

    private static NotSupportedException Refused(string reference) =>
        new($"The schema refers to '{reference}'. Only references within the schema are supported.");
}
