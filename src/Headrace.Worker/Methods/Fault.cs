namespace Headrace.Worker.Methods;

/// <summary>One fault of a job's parameters and where it is, as <c>$.iterations</c>.</summary>
internal readonly record struct Fault(string Path, string Words)
{
    public override string ToString() => $"{Path} {Words}";
}
