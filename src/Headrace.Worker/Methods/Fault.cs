namespace Headrace.Worker.Methods;

/// <summary>
/// Describes one validation error of a job's parameters and its location, such as <c>$.iterations</c>.
/// </summary>
internal readonly record struct Fault(string Path, string Words)
{
    public override string ToString() => $"{Path} {Words}";
}
