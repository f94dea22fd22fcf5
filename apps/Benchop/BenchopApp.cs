using System.ComponentModel.DataAnnotations;
using System.ComponentModel;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;
using Headrace.Worker;

namespace Headrace.Apps.Benchop;

/// <summary>
/// Every pricing method as a method of its own, <c>benchop.cos@1</c> and so on. A job is one cell of the table: a
/// problem, its numbers, and what to do.
/// The reference is computed in the job and kept while the process lives.
/// </summary>
public static class BenchopApp
{
    /// <summary>Offers the methods.</summary>
    public static IReadOnlyList<MappedMethod> Map(HeadraceApp app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return [.. MethodCatalogue.All.Select(method => Map(app, method))];
    }

    private static MappedMethod Map(HeadraceApp app, IPricingMethod method) =>
        app.MapMethod(
            method.Card.RegisteredName,
            (
                CancellationToken stop,
                [Description("The problem, as 1b or 1a-delta-II.")] string problem,
                [Description("Its numbers, as S=90:100:110,K=100,sigma=0.15; those left out keep their defaults.")]
                    string set = "",
                [Description(
                    "price: values and error; measure: the time as well; tune: the smallest work that meets the target, measured."
                )]
                    BenchopTask task = BenchopTask.Price,
                [
                    Description("The method's work parameter; null takes its own choice for these numbers."),
                    Range(1, int.MaxValue)
                ]
                    int? work = null,
                [Description("The relative error that counts as met."), Range(1e-15, 0.5)] double target = 1e-4
            ) =>
                Answer(
                    method,
                    problem,
                    set,
                    new MeasureOptions
                    {
                        Target = target,
                        Work = work,
                        Time = task != BenchopTask.Price,
                        Tune = task == BenchopTask.Tune,
                    },
                    stop
                )
        );

    private static CellAnswer Answer(
        IPricingMethod method,
        string id,
        string settings,
        MeasureOptions options,
        CancellationToken stop
    )
    {
        var asked = ProblemCatalogue.Resolve(id, settings);
        if (asked.Problem is not { } problem)
            throw new JobRejectedException(string.Join(" ", asked.Faults));

        var cell = new CellRun(TimeProvider.System, options).Run(method, problem, stop);
        IReadOnlyList<double> reference = cell.ReferenceDigits is null ? [] : ReferencePrices.Of(problem).Values;
        return new CellAnswer(
            cell,
            [.. problem.Points.Spots],
            [.. problem.Points.SecondSpots],
            reference,
            asked.Remarks
        );
    }
}

/// <summary>What a job does with its cell.</summary>
internal enum BenchopTask
{
    /// <summary>Values and their error.</summary>
    Price,

    /// <summary>The processor time as well.</summary>
    Measure,

    /// <summary>The smallest work that meets the target, measured.</summary>
    Tune,
}
