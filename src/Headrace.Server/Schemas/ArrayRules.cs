using System.Text.Json;

namespace Headrace.Server.Schemas;

/// <summary><c>minItems</c> and <c>maxItems</c>: the limits on the number of items.</summary>
internal sealed record ItemCount(long Min, long Max) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return;
        if (value.GetArrayLength() < Min)
            run.Report($"must have at least {Min} items");
        if (value.GetArrayLength() > Max)
            run.Report($"must have at most {Max} items");
    }
}

/// <summary><c>prefixItems</c> for the first items, and <c>items</c> for all others.</summary>
internal sealed record ItemParts(IReadOnlyList<SchemaNode> Prefix, SchemaNode? Rest) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return;
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            run.Spend(1);
            if ((index < Prefix.Count ? Prefix[index] : Rest) is { } part)
                run.ApplyItem(part, index, item);
            if (run.IsDecided)
                return;
            index++;
        }
    }
}

/// <summary><c>contains</c> with <c>minContains</c> and <c>maxContains</c>.</summary>
internal sealed record ContainedItems(SchemaNode Part, long Min, long Max) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return;
        var count = 0;
        foreach (var item in value.EnumerateArray())
            if (run.Fits(Part, item))
                count++;
        if (count < Min || count > Max)
            run.Report(
                $"has {count} items that match the 'contains' clause of the schema; it must have "
                    + (Max == long.MaxValue ? $"at least {Min}" : $"{Min} to {Max}")
            );
    }
}

/// <summary><c>uniqueItems</c>: no two items are equal.</summary>
internal sealed record UniqueItems : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return;
        var seen = new HashSet<JsonElement>(new Equality(run));
        foreach (var item in value.EnumerateArray())
            if (!seen.Add(item))
            {
                run.Report("must not contain duplicate items");
                return;
            }
    }

    /// <summary>
    /// Compares items. Comparing items with the same hash code consumes steps, so an array crafted to contain many such
    /// items exceeds the limit.
    /// </summary>
    private sealed class Equality(SchemaRun run) : IEqualityComparer<JsonElement>
    {
        public bool Equals(JsonElement x, JsonElement y) => run.AreEqual(x, y);

        public int GetHashCode(JsonElement item)
        {
            run.Spend(1);
            return item.ValueKind switch
            {
                JsonValueKind.String => item.GetString()!.GetHashCode(StringComparison.Ordinal),
                JsonValueKind.Number => item.GetDouble().GetHashCode(),
                JsonValueKind.Array => HashCode.Combine(
                    item.GetArrayLength(),
                    item.GetArrayLength() == 0 ? 0 : GetHashCode(item[0])
                ),
                _ => (int)item.ValueKind,
            };
        }
    }
}
