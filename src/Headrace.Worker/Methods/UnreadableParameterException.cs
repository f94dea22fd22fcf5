namespace Headrace.Worker.Methods;

/// <summary>Thrown when a value matches the schema but cannot be converted to the type of its parameter.</summary>
internal sealed class UnreadableParameterException(ParamsError paramsError) : Exception(paramsError.ToString())
{
    public ParamsError Error { get; } = paramsError;
}
