namespace Headrace.Worker.Methods;

/// <summary>A value fits the schema and still cannot be read as its parameter's type.</summary>
internal sealed class UnreadableParameterException(Fault fault) : Exception(fault.ToString())
{
    public Fault Fault { get; } = fault;
}
