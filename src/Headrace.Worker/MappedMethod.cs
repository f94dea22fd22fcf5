using Headrace.Worker.Methods;

namespace Headrace.Worker;

/// <summary>A method as it was mapped: the name it is offered under and the schema that its signature gave.</summary>
public sealed class MappedMethod
{
    internal MappedMethod(Method method)
    {
        Method = method;
    }

    /// <summary>The name, without the version.</summary>
    public string Name => Method.Name.Name.Text;

    /// <summary>The version; 1 where none was named.</summary>
    public int Version => Method.Name.Version;

    /// <summary>The JSON Schema of the parameters, as JSON text.</summary>
    public string Schema => Method.Schema.Text;

    internal Method Method { get; }
}
