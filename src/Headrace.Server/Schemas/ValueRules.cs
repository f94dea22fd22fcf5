using System.Text.Json;

namespace Headrace.Server.Schemas;

/// <summary><c>enum</c> and <c>const</c>: the value equals one of the given values.</summary>
internal sealed record AllowedValues(IReadOnlyList<JsonElement> Values) : SchemaRule
{
    /// <summary>Maximum number of values that an error message lists.</summary>
    private const int MaxListed = 20;

    public override void Check(JsonElement value, SchemaRun run)
    {
        foreach (var allowed in Values)
            if (run.AreEqual(allowed, value))
                return;
        run.Expect(value, Values is [var only] ? SchemaText.Quote(only) : $"one of: {Listed()}");
    }

    private string Listed() =>
        string.Join(", ", Values.Take(MaxListed).Select(SchemaText.Quote))
        + (Values.Count > MaxListed ? $" and {Values.Count - MaxListed} more" : "");
}

/// <summary>A limit on a number: <c>minimum</c>, <c>maximum</c> and their exclusive forms.</summary>
internal sealed record NumberLimit(JsonElement Limit, bool IsMinimum, bool IsExclusive) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (value.ValueKind != JsonValueKind.Number)
            return;
        var difference = JsonNumber.Compare(value, Limit) * (IsMinimum ? 1 : -1);
        if (difference > 0 || (difference == 0 && !IsExclusive))
            return;
        var relation = (IsMinimum, IsExclusive) switch
        {
            (true, false) => "at least",
            (true, true) => "greater than",
            (false, false) => "at most",
            (false, true) => "less than",
        };
        run.Expect(value, $"{relation} {SchemaText.Quote(Limit)}");
    }
}

/// <summary><c>multipleOf</c>; the divisor is greater than 0.</summary>
internal sealed record MultipleOf(JsonElement Divisor) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (value.ValueKind == JsonValueKind.Number && !JsonNumber.IsMultiple(value, Divisor))
            run.Expect(value, $"a multiple of {SchemaText.Quote(Divisor)}");
    }
}

/// <summary><c>minLength</c> and <c>maxLength</c>, counted in Unicode characters.</summary>
internal sealed record TextLength(long Min, long Max) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (value.ValueKind != JsonValueKind.String)
            return;
        var text = value.GetString()!;
        run.Spend(text.Length / 16);
        // A surrogate pair is one character.
        var length = text.Length - text.Count(char.IsLowSurrogate);
        if (length < Min)
            run.Expect(value, $"at least {Min} characters long");
        if (length > Max)
            run.Expect(value, $"at most {Max} characters long");
    }
}

/// <summary><c>pattern</c>: the string matches the regular expression.</summary>
internal sealed record TextPattern(SchemaPattern Pattern) : SchemaRule
{
    public override void Check(JsonElement value, SchemaRun run)
    {
        if (value.ValueKind == JsonValueKind.String && !run.Matches(Pattern, value.GetString()!))
            run.Expect(value, $"a string that matches {SchemaText.Clip(Pattern.Text)}");
    }
}
