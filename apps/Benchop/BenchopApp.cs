using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;
using Headrace.Worker;

namespace Headrace.Apps.Benchop;

/// <summary>
/// Registers each pricing method as a separate Headrace method, such as <c>benchop.cos@1</c>. A job computes one cell
/// of the table: one problem, one set of parameter values and one task. The reference prices are computed within the
/// job and cached for the lifetime of the process.
/// </summary>
public static class BenchopApp
{
    /// <summary>Registers the methods with the worker.</summary>
    public static IReadOnlyList<MethodBuilder> Map(HeadraceWorker app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return [.. MethodCatalogue.All.Select(method => Map(app, method))];
    }

    private static MethodBuilder Map(HeadraceWorker app, IPricingMethod method) =>
        app.MapMethod(
            method.Card.RegisteredName,
            (
                CancellationToken stop,
                [Description("The problem to price, for example 1b or 1a-delta-II.")] string problem,
                [Description(
                    "The parameter values, for example S=90:100:110,K=100,sigma=0.15. Omitted parameters keep "
                        + "their defaults."
                )]
                    string set = "",
                [Description(
                    "What to compute: 'price' for values and error; 'measure' for values, error and processor time; "
                        + "'tune' for the smallest work parameter that meets the target, with its values, error and "
                        + "processor time."
                )]
                    BenchopTask task = BenchopTask.Price,
                [
                    Description("The work parameter. If null, the method chooses a value that suits the problem."),
                    Range(1, int.MaxValue)
                ]
                    int? work = null,
                [Description("The target for the relative error."), Range(1e-15, 0.5)] double target = 1e-4,
                [
                    Description(
                        "The seed for the random numbers of the sampling methods (mc, qmc, mlmc, mlmca, lsm). The same "
                            + "seed gives the same result on every machine. Other methods ignore it."
                    ),
                    Range(0, int.MaxValue)
                ]
                    int seed = ISamplingMethod.DefaultSeed
            ) =>
                Answer(
                    method,
                    problem,
                    set,
                    new MeasureOptions
                    {
                        Target = target,
                        Work = work,
                        Seed = seed,
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
        var reference = cell.ReferenceDigits is null or 0 ? [] : ReferencePrices.Of(problem).Values;
        return new CellAnswer(
            cell,
            [.. problem.Points.Spots],
            [.. problem.Points.SecondSpots],
            reference,
            asked.Remarks
        );
    }
}

/// <summary>The task that a job performs for its cell.</summary>
internal enum BenchopTask
{
    /// <summary>Compute the values and their error.</summary>
    Price,

    /// <summary>Also measure the processor time.</summary>
    Measure,

    /// <summary>Find the smallest work parameter that meets the target, and measure the method with it.</summary>
    Tune,
}
