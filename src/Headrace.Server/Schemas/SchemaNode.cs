using System.Text.Json;

namespace Headrace.Server.Schemas;

/// <summary>
/// A schema or a part of one: the types it allows and the rules for their values. The reader completes a node after it
/// has created it, because parts can refer to each other; afterwards, a node does not change.
/// </summary>
internal sealed class SchemaNode
{
    /// <summary>True or false for a schema that is a boolean; null for an object.</summary>
    public bool? Always { get; set; }

    /// <summary>The allowed types in the order of the schema; empty if the schema allows all of them.</summary>
    public IReadOnlyList<ValueType> Types { get; set; } = [];

    public List<SchemaRule> Rules { get; } = [];

    /// <summary>
    /// The subschemas that apply to the same value as this node. A cycle of these would make validation recurse
    /// forever, so the reader rejects it.
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
