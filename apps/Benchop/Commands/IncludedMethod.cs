using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>A method of this application. Its job measures and judges the cell.</summary>
internal sealed record IncludedMethod(IPricingMethod Method) : ICellMethod
{
    public string Name => Method.Card.Name;

    public bool HasWork => true;

    public TimeSpan StartAllowance => TimeSpan.Zero;

    public string RegisteredNameFor(Problem problem) => Method.Card.RegisteredName;

    public string? WhyNot(Problem problem) => Method.WhyNot(problem);

    public string? StructureOn(Problem problem) => Method.Plan(problem).Structure;

    public object ParametersOf(CellRequest cell) =>
        new
        {
            problem = cell.Problem.Id,
            set = cell.Set,
            task = cell.Task.What.ToString().ToLowerInvariant(),
            work = cell.Task.Work,
            target = cell.Task.Target,
            seed = cell.Task.Seed ?? ISamplingMethod.DefaultSeed,
            protocol = cell.Task.Protocol.ToString().ToLowerInvariant(),
            seconds = cell.Task.Seconds,
        };

    public CellAnswer Read(CellRequest cell, ReadOnlySpan<byte> result) =>
        Format.Read(result, BenchopJson.Default.CellAnswer);
}
