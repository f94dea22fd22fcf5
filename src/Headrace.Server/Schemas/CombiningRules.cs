using System.Text.Json;

namespace Headrace.Server.Schemas;

/// <summary><c>$ref</c> and <c>allOf</c>: every subschema applies to the same value.</summary>
internal sealed record AllParts(IReadOnlyList<SchemaNode> Parts) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        foreach (var part in Parts)
        {
            run.Apply(part, value);
            if (run.IsDecided)
                return;
        }
    }
}

/// <summary><c>anyOf</c>: at least one subschema matches.</summary>
internal sealed record AnyPart(IReadOnlyList<SchemaNode> Parts) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        foreach (var part in Parts)
            if (run.Fits(part, value))
                return;
        // The schema of a nullable parameter allows null and one other type. For a value other than null, the errors of
        // the subschema for that type are reported.
        if (value.ValueKind != JsonValueKind.Null && OnlyFor(value) is { } only)
            run.Apply(only, value);
        else
            run.Expect(value, "one of the alternatives in the schema");
    }

    /// <summary>
    /// Returns the subschema that allows the type of the value, if there is exactly one; otherwise null.
    /// </summary>
    private SchemaNode? OnlyFor(JsonElement value)
    {
        SchemaNode? found = null;
        foreach (var part in Parts)
        {
            if (part.Types.Count == 0)
                return null;
            if (!part.Allows(value))
                continue;
            if (found is not null)
                return null;
            found = part;
        }
        return found;
    }
}

/// <summary><c>oneOf</c>: exactly one subschema matches.</summary>
internal sealed record OnePart(IReadOnlyList<SchemaNode> Parts) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        var count = 0;
        foreach (var part in Parts)
            if (run.Fits(part, value))
                count++;
        if (count != 1)
            run.Expect(value, count == 0 ? "one of the alternatives in the schema" : "only one of the alternatives");
    }
}

/// <summary><c>not</c>: the subschema does not match.</summary>
internal sealed record NotPart(SchemaNode Part) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (run.Fits(Part, value))
            run.Expect(value, "a value that the 'not' clause of the schema does not exclude");
    }
}

/// <summary><c>if</c> with <c>then</c> and <c>else</c>.</summary>
internal sealed record Conditional(SchemaNode If, SchemaNode? Then, SchemaNode? Else) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if ((run.Fits(If, value) ? Then : Else) is { } part)
            run.Apply(part, value);
    }
}
