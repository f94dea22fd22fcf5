using System.Text.Json;

namespace Headrace.Server.Schemas;

/// <summary><c>minProperties</c> and <c>maxProperties</c>: the limits on the number of members.</summary>
internal sealed record MemberCount(long Min, long Max) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return;
        if (value.GetPropertyCount() < Min)
            run.Report($"must have at least {Min} members");
        if (value.GetPropertyCount() > Max)
            run.Report($"must have at most {Max} members");
    }
}

/// <summary><c>required</c>: the object has all of these members.</summary>
internal sealed record RequiredMembers(IReadOnlyList<string> Names) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return;
        foreach (var name in Names)
            if (!run.HasMember(value, name))
                run.ReportMember(name, "is required");
    }
}

/// <summary>
/// <c>properties</c>, <c>patternProperties</c> and <c>additionalProperties</c>: which subschema applies to a member
/// depends on all three.
/// </summary>
internal sealed record MemberParts(
    IReadOnlyDictionary<string, SchemaNode> Named,
    IReadOnlyList<(SchemaPattern Pattern, SchemaNode Part)> Matching,
    SchemaNode? Additional
) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return;
        foreach (var member in value.EnumerateObject())
        {
            run.Spend(1);
            Check(member.Name, member.Value, run);
            if (run.IsDecided)
                return;
        }
    }

    private void Check(string name, JsonElement value, SchemaRun run)
    {
        var isAdditional = true;
        if (Named.TryGetValue(name, out var named))
        {
            isAdditional = false;
            run.ApplyMember(named, name, value);
        }
        foreach (var (pattern, part) in Matching)
            if (run.Matches(pattern, name))
            {
                isAdditional = false;
                run.ApplyMember(part, name, value);
            }
        if (!isAdditional || Additional is null)
            return;
        if (Additional.Always == false)
            run.ReportMember(name, $"is not defined in the schema. {Existing()}");
        else
            run.ApplyMember(Additional, name, value);
    }

    private string Existing() =>
        Named.Count > 0 ? $"Valid parameters: {SchemaText.List([.. Named.Keys])}."
        : Matching.Count > 0 ? $"Its name must match {SchemaText.Clip(Matching[0].Pattern.Text)}."
        : "The method has no parameters.";
}

/// <summary><c>propertyNames</c>: the name of every member matches the subschema.</summary>
internal sealed record MemberNames(SchemaNode Part) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return;
        foreach (var member in value.EnumerateObject())
            if (
                !run.Fits(
                    Part,
                    JsonSerializer.SerializeToElement(member.Name, Headrace.Protocol.Json.HeadraceJson.Default.String)
                )
            )
                run.ReportMember(member.Name, "has a name that the schema does not allow");
    }
}

/// <summary>
/// <c>dependentRequired</c> and <c>dependentSchemas</c>: if a member exists, other members are required, or a subschema
/// applies to the whole value.
/// </summary>
internal sealed record DependentMember(string Name, IReadOnlyList<string> Required, SchemaNode? Part) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (value.ValueKind != JsonValueKind.Object || !run.HasMember(value, Name))
            return;
        foreach (var required in Required)
            if (!run.HasMember(value, required))
                run.ReportMember(required, $"is required together with '{SchemaText.Clip(Name)}'");
        if (Part is not null)
            run.Apply(Part, value);
    }
}
