using System.Globalization;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// Computes one cell of the table: checks that the method supports the problem, determines the work parameter, and
/// measures error and time. A job consists of one such run.
/// </summary>
internal sealed class CellRun(TimeProvider time, MeasureOptions options)
{
    /// <summary>Checks for cancellation between calls to the method, not during a call.</summary>
    public Cell Run(IPricingMethod method, Problem problem, CancellationToken cancellationToken)
    {
        var name = method.Card.Name;
        if (method.WhyNot(problem) is { } uncovered)
            return Cell.Empty(problem.Id, name, method.Card.UsesStructure, uncovered);

        var plan = method.Plan(problem);
        var structured = method.Card.UsesStructure || plan.TakesShortCut;
        var reference = ReferencePrices.Of(problem);
        if (reference.Refusal is { } missing)
            return Cell.Empty(
                problem.Id,
                name,
                structured,
                $"There is no reference for these parameter values. {missing}"
            );

        cancellationToken.ThrowIfCancellationRequested();
        var asked =
            options.Work
            ?? (
                options.Tune
                    ? new Tuning(time, options).SmallestWork(method, problem, reference.Values, cancellationToken)
                    : null
            );
        var answer = PricingRun.Price(method, problem, asked, options.Seed);
        if (answer.Refusal is { } refusal)
            return Cell.Empty(problem.Id, name, structured, refusal);

        var work = answer.Work;
        var (error, reason) =
            reference.Digits == 0 ? (null, NoDigits(reference)) : RelativeError.Of(answer.Values, reference.Values);
        var judged = reference.Resolves(options.Target);
        var met = judged && error <= options.Target;
        if (error is { } missed && !met)
            reason = judged
                ? Missed(plan, work, missed)
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"For these parameter values, the two reference computations agree to only {reference.Digits} "
                        + $"digits, which is not enough to tell whether the error is below {options.Target:0E-0}."
                );

        var timing = Measured(method, problem, work, cancellationToken);
        return new Cell(
            problem.Id,
            name,
            structured,
            plan.Parameter,
            work,
            answer.Values,
            error,
            met,
            timing,
            reason,
            reference.Digits
        )
        {
            StandardErrors = answer.StandardErrors,
        };
    }

    private Timing? Measured(IPricingMethod method, Problem problem, int work, CancellationToken cancellationToken)
    {
        if (!options.Time)
            return null;

        var values = new double[problem.Points.Count];
        return new CallTimer(time, options).Run(() => method.Price(problem, work, values), cancellationToken);
    }

    /// <summary>An error relative to such a reference would say nothing about the method.</summary>
    private static string NoDigits(ReferenceAnswer reference) =>
        $"There is no reference value for these parameter values, because the results of '{reference.FirstWay}' and "
        + $"'{reference.SecondWay}' do not agree to a single digit.";

    private string Missed(WorkPlan plan, int work, double error)
    {
        var what = options.Tune && options.Work is null ? "best error found" : "error";
        var advice = options.Tune || work == plan.Most ? "" : " Try a larger work parameter.";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The {what}, {error:0.0E-0} with {plan.Parameter} = {work}, misses the target "
                + $"{options.Target:0E-0}.{advice}"
        );
    }
}
