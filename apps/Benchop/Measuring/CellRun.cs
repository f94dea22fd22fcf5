using System.Globalization;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// Computes one cell of the table: checks that the method supports the problem, determines the work parameter, prices
/// the problem, compares the price with the reference, and measures the time. A job consists of one such run.
/// </summary>
internal sealed class CellRun(TimeProvider time, MeasureOptions options)
{
    /// <exception cref="OperationCanceledException">The run was cancelled, perhaps in the middle of a call.</exception>
    public Cell Run(IPricingMethod method, Problem problem, CancellationToken cancellationToken)
    {
        using var observed = Cancellation.Observe(cancellationToken);
        var name = method.Card.Name;
        if (method.WhyNot(problem) is { } uncovered)
            return Cell.Empty(problem.Id, name, structure: null, uncovered);

        var plan = method.Plan(problem);
        var reference = options.Judge ? ReferencePrices.Of(problem) : null;
        cancellationToken.ThrowIfCancellationRequested();
        var asked =
            options.Work
            ?? (
                options.Tune && reference is { Values.Count: > 0 }
                    ? new Tuning(time, options).SmallestWork(method, problem, reference.Values, cancellationToken)
                    : null
            );
        var answer = PricingAnswer.Refused("The method did not run.");
        var priced = CallTimer.RunOnce(time, () => answer = PricingRun.Price(method, problem, asked, options.Seed));
        if (answer.Refusal is { } refusal)
            return Cell.Empty(problem.Id, name, plan.Structure, refusal, answer.Work > 0 ? answer.Work : null);

        var judgement = reference is null ? Judgement.None : Judgement.Of(answer, reference, options.Target);
        var met = judgement.Doubt is null && judgement.Counts <= options.Target;
        var cell = new Cell(
            problem.Id,
            name,
            plan.Structure,
            plan.Parameter,
            answer.Work,
            answer.Values,
            judgement.Error,
            met,
            Measured(method, problem, answer.Work, asked is null ? null : priced, met, cancellationToken),
            met ? null : judgement.Doubt ?? Missed(plan, answer.Work, judgement),
            judgement.ReferenceDigits
        )
        {
            StandardErrors = answer.StandardErrors,
        };
        return options.Curve && judgement.Error is not null
            ? cell with
            {
                Curve = new CurveSweep(time, options).Run(
                    method,
                    problem,
                    plan,
                    answer.Work,
                    reference!.Values,
                    cancellationToken
                ),
            }
            : cell;
    }

    /// <param name="priced">
    /// The time of the call that computed the price; null if the method chose its work, which takes several calls.
    /// </param>
    /// <param name="met">
    /// Whether the cell meets the target. In a tuned run, a cell that misses it is not ranked, so its time is measured
    /// only briefly.
    /// </param>
    private Timing? Measured(
        IPricingMethod method,
        Problem problem,
        int work,
        Timing? priced,
        bool met,
        CancellationToken cancellationToken
    )
    {
        if (!options.Time)
            return null;

        var values = new double[problem.Points.Count];
        void Call() => method.Price(problem, work, values);
        return options.Protocol == TimingProtocol.Paper ? new PaperTimer(time, options).Run(Call, cancellationToken)
            : met || !options.Tune ? new CallTimer(time, options).Run(Call, priced, cancellationToken)
            : CallTimer.RunBriefly(time, priced ?? CallTimer.RunOnce(time, Call), Call, cancellationToken);
    }

    /// <summary>Returns null if there is no error to compare with the target.</summary>
    private string? Missed(WorkPlan plan, int work, Judgement judgement)
    {
        if (judgement is not { Error: { } error, Counts: { } counts })
            return null;

        if (error <= options.Target)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The error, {error:0.0E-0} with {plan.Parameter} = {work}, is below the target {options.Target:0E-0} "
                    + $"only by chance: with 95 % of all seeds, the error is at most {counts:0.0E-0}."
            );

        var what = options.Tune && options.Work is null ? "best error found" : "error";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The {what}, {error:0.0E-0} with {plan.Parameter} = {work}, misses the target {options.Target:0E-0}. "
                + $"{WhyMissed(plan, work, error)}"
        );
    }

    private string WhyMissed(WorkPlan plan, int work, double error)
    {
        if (plan.Obstacle is { } obstacle)
            return obstacle;
        if (error <= plan.Target && options.Target < plan.Target)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"It meets {plan.Target:0E-0}, the target that the method is designed for, because its error decreases "
                    + $"slowly."
            );
        if (work == plan.Most)
            return "The method accepts no larger work parameter.";
        return options.Tune
            ? "A larger work parameter would exceed the time allowed for the search."
            : "Try a larger work parameter.";
    }
}
