using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Octave;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;
using Headrace.Worker;

namespace Headrace.Apps.Benchop;

/// <summary>
/// Registers each pricing method as a separate Headrace method, such as <c>benchop.cos@2</c>. A job computes one cell
/// of the table: one problem, one set of parameter values and one task. The reference prices are computed within the
/// job and cached for the lifetime of the worker process.
/// </summary>
public static class BenchopApp
{
    /// <summary>Registers the methods with the worker.</summary>
    public static IReadOnlyList<MethodBuilder> Map(HeadraceWorker app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return [.. MethodCatalogue.All.Select(method => Map(app, method)), MapProblem(app), MapTest(app)];
    }

    /// <summary>
    /// Registers the method that describes a problem, for programs that price it with their own functions.
    /// </summary>
    private static MethodBuilder MapProblem(HeadraceWorker app) =>
        app.MapMethod(
            "benchop-problem",
            (
                [Description("The problem to describe, for example 1b or 1a-delta-II.")] string problem,
                [Description("The parameter values as text, for example S=90:100:110,K=100,sigma=0.15.")]
                    string set = "",
                [Description("The parameter values as an object, for example {\"S\":[90,100,110],\"K\":100}.")]
                    ProblemSettings? settings = null
            ) => ProblemDescription.Of(Resolved(ProblemCatalogue.Resolve(problem, set, settings)))
        );

    /// <summary>
    /// Registers a minimal method that a client uses to check whether a worker of this application runs jobs.
    /// </summary>
    private static MethodBuilder MapTest(HeadraceWorker app) =>
        app.MapMethod(
            "benchop-test",
            (
                [Description("The first summand."), Range(-1_000_000_000, 1_000_000_000)] int a,
                [Description("The second summand."), Range(-1_000_000_000, 1_000_000_000)] int b,
                [Description("The factor."), Range(-1_000_000_000, 1_000_000_000)] int c
            ) => ((long)a + b) * c
        );

    /// <summary>
    /// Registers one method. A run that exceeded its time limit is not repeated, because with the same parameters it
    /// would take as long again.
    /// </summary>
    internal static MethodBuilder Map(HeadraceWorker app, IPricingMethod method) =>
        app.MapMethod(
            method.Card.RegisteredName,
            (
                CancellationToken stop,
                [Description("The problem to price, for example 1b or 1a-delta-II.")] string problem,
                [Description(
                    "The parameter values as text, for example S=90:100:110,K=100,sigma=0.15. Omitted parameters keep "
                        + "their defaults."
                )]
                    string set = "",
                [Description(
                    "The parameter values as an object, for example {\"S\":[90,100,110],\"K\":100}. It may be combined "
                        + "with 'set', but each parameter may be given only once."
                )]
                    ProblemSettings? settings = null,
                [Description(
                    "What to compute: 'value' for values alone, without a reference; 'price' for values and error; "
                        + "'measure' for values, error and CPU time; 'tune' for the smallest work parameter that "
                        + "meets the target, with its values, error and CPU time; 'curve' for all of this and the "
                        + "errors and times of smaller and larger work parameters."
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
                    int seed = ISamplingMethod.DefaultSeed,
                [Description(
                    "How times are measured: 'steady' repeats the call after a warm-up until the 95 % confidence "
                        + "interval is within 5 % of the mean; 'paper' calls the method four times and drops the first "
                        + "call, as the published codes do."
                )]
                    TimingProtocol protocol = TimingProtocol.Steady,
                [
                    Description(
                        "The time for measuring a cell, in seconds. The warm-up may take up to five times as long, and "
                            + "the search for a work parameter up to four times as long."
                    ),
                    Range(0.01, 600)
                ]
                    double seconds = MeasureOptions.DefaultSeconds
            ) =>
                Answer(
                    method,
                    ProblemCatalogue.Resolve(problem, set, settings),
                    new MeasureOptions
                    {
                        Target = target,
                        Work = work,
                        Seed = seed,
                        Judge = task != BenchopTask.Value,
                        Time = task > BenchopTask.Price,
                        Tune = task >= BenchopTask.Tune,
                        Curve = task == BenchopTask.Curve,
                        Protocol = protocol,
                        MaxSeconds = seconds,
                    },
                    stop
                )
        )
            .NeverRetry("TimeLimit");

    private static CellAnswer Answer(
        IPricingMethod method,
        ProblemAnswer asked,
        MeasureOptions options,
        CancellationToken stop
    )
    {
        var problem = Resolved(asked);
        using var permit = options.Time ? TimingPermit.Wait(stop) : null;
        var machine = options.Time ? MachineInfo.Read() : null;
        var cell = new CellRun(TimeProvider.System, options).Run(method, problem, stop);
        var reference = cell.ReferenceDigits is null ? [] : ReferencePrices.Of(problem).Values;
        return new CellAnswer(
            cell,
            [.. problem.Points.Spots],
            [.. problem.Points.SecondSpots],
            reference,
            asked.Remarks
        )
        {
            Machine = machine,
        };
    }

    /// <exception cref="JobRejectedException">The problem is unknown, or a parameter is not valid.</exception>
    private static Problem Resolved(ProblemAnswer asked) =>
        asked.Problem ?? throw new JobRejectedException(string.Join(" ", asked.Faults));
}
