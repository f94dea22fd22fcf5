namespace Headrace.Apps.Benchop.Problems;

/// <summary>One thing wrong with what was asked: the field, the value it had, and what to do about it.</summary>
internal sealed record Fault(string Field, string Value, string Remedy)
{
    public override string ToString() => $"{Field}={Value}: {Remedy}";
}
