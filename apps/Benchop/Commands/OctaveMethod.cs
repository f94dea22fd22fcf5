using System.Globalization;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Octave;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// A user's method: Octave functions that follow the call convention of the published codes, one for each problem. An
/// Octave process calls and measures them; this program compares their values with the reference.
/// </summary>
/// <param name="Name">The name of the method in tables.</param>
/// <param name="Key">The text after the underscore in the function names, in lower case.</param>
/// <param name="Registered">The registered method with its version, by the name of the function.</param>
internal sealed record OctaveMethod(string Name, string Key, IReadOnlyDictionary<string, string> Registered)
    : ICellMethod
{
    /// <summary>
    /// An interval up to this width is considered steady. The limit is the same as for the methods in this application.
    /// </summary>
    private static readonly double HalfWidth = new MeasureOptions().HalfWidth;

    public bool HasWork => false;

    /// <summary>
    /// A new Octave process starts when the one before was killed because its function hung. It takes about a second
    /// on an idle machine, and must not cost the next function its cell.
    /// </summary>
    public TimeSpan StartAllowance { get; } = TimeSpan.FromSeconds(15);

    public string RegisteredNameFor(Problem problem) =>
        Registered.GetValueOrDefault(FunctionFor(problem)) ?? $"{OctaveMethods.Prefix}{Key}";

    public string? WhyNot(Problem problem) =>
        Registered.ContainsKey(FunctionFor(problem))
            ? null
            : $"There is no file {PublishedCall.Of(problem).Function}_{Key}.m.";

    /// <summary>Nothing is known about how the function computes its values.</summary>
    public string? StructureOn(Problem problem) => null;

    public object ParametersOf(CellRequest cell) =>
        new
        {
            arguments = PublishedCall.Of(cell.Problem).Arguments,
            measure = new { protocol = cell.Task.Protocol.ToString().ToLowerInvariant(), seconds = cell.Task.Seconds },
        };

    public CellAnswer Read(CellRequest cell, ReadOnlySpan<byte> result)
    {
        var answer = Format.Read(result, BenchopJson.Default.OctaveAnswer);
        var problem = cell.Problem;
        var reference = ReferencePrices.Of(problem);
        var judgement = Judgement.Of(new PricingAnswer(answer.Values, 1, null), reference, cell.Task.Target);
        var met = judgement.Doubt is null && judgement.Counts <= cell.Task.Target;
        var machine = answer.Machine;
        return new CellAnswer(
            new Cell(
                problem.Id,
                Name,
                Structure: null,
                WorkPlan.None.Parameter,
                WorkPlan.None.Default,
                answer.Values,
                judgement.Error,
                met,
                answer.TimingOf(cell.Task.Protocol, HalfWidth),
                met ? null : judgement.Doubt ?? Missed(judgement.Error, cell.Task.Target),
                judgement.ReferenceDigits
            ),
            [.. problem.Points.Spots],
            [.. problem.Points.SecondSpots],
            reference.Values,
            Remarks(problem, answer.Printed)
        )
        {
            Machine = new MachineInfo(machine.Processor, machine.Cores, machine.System, machine.Runtime, Version: null)
            {
                LoadAverage = machine.LoadAverage,
            },
        };
    }

    private static string? Missed(double? error, double target) =>
        error is null
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"The error, {error:0.0E-0}, misses the target {target:0E-0}. An Octave function has no work parameter "
                    + $"that a run could tune."
            );

    private List<string> Remarks(Problem problem, string printed) =>
        printed.Trim() is { Length: > 0 } text
            ?
            [
                $"{PublishedCall.Of(problem).Function}_{Key} prints output in each call, which takes time: "
                    + $"'{text.Split('\n')[0]}'.",
            ]
            : [];

    private static string FunctionFor(Problem problem) => PublishedCall.Of(problem).Function.ToLowerInvariant();
}
