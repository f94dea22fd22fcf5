using System.Text.Json;

namespace Headrace.Server.Schemas;

/// <summary>
/// A schema or part of a schema: the allowed types and the rules for their values. The reader first creates a node and
/// fills it in later, because parts can refer to each other. After that, the node does not change.
/// </summary>
internal sealed class SchemaNode
{
    /// <summary>The value of a boolean schema; null for a schema that is an object.</summary>
    public bool? Always { get; set; }

    /// <summary>The allowed types in the order of the schema; empty if the schema allows all of them.</summary>
    public IReadOnlyList<ValueType> Types { get; set; } = [];

    public List<SchemaRule> Rules { get; } = [];

    /// <summary>
    /// The subschemas that apply to the same value as this node. Validation with a cycle of such subschemas would never
    /// end, so the reader rejects cycles.
    /// </summary>
    public List<SchemaNode> InPlace { get; } = [];

    public bool Allows(JsonElement value)
    {
        foreach (var type in Types)
            if (type.Includes(value))
                return true;
        return Types.Count == 0;
    }
}
