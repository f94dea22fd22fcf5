using System.Text.Json;

namespace Headrace.Server.Schemas;

/// <summary>One requirement of a schema. A rule ignores values of types to which it does not apply.</summary>
internal abstract record SchemaRule
{
    /// <summary>Checks a value and reports each error to the run.</summary>
    public abstract void Check(JsonElement value, SchemaRun run);
}
