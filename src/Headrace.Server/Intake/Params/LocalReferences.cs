using NJsonSchema;
using NJsonSchema.References;

namespace Headrace.Server.Intake.Params;

/// <summary>
/// Follows references within a schema and nowhere else: a schema comes from a worker, and must not make the server read
/// files or addresses.
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
        new($"The schema refers to '{reference}'. Only references within the schema are followed.");
}
