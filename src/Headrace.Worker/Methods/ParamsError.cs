namespace Headrace.Worker.Methods;

/// <summary>
/// Describes one validation error of a job's parameters and its location, such as <c>$.iterations</c>.
/// </summary>
internal readonly record struct ParamsError(string Path, string Message)
{
    public override string ToString() => $"{Path} {Message}";
}
