namespace Headrace.Server.Schemas;

/// <summary>
/// Thrown if part of a schema is not valid when it is read. The message names the part and is the rest of a sentence
/// whose subject is the schema.
/// </summary>
internal sealed class SchemaException : Exception
{
    public SchemaException() { }

    public SchemaException(string message)
        : base(message) { }

    public SchemaException(string message, Exception innerException)
        : base(message, innerException) { }
}
