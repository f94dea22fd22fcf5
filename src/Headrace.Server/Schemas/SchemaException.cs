namespace Headrace.Server.Schemas;

/// <summary>
/// Thrown while a schema is read if a part of it is not valid. The message names the part and completes a sentence
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
