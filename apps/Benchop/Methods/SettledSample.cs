using System.Globalization;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// Chooses the work parameter of a sampling method. It starts at the default and is increased until the standard errors
/// are small enough for the method's target. If they remain too large, no price is returned.
/// </summary>
internal static class SettledSample
{
    /// <summary>
    /// The standard error is divided by the value plus this fraction of the strike. Otherwise, an option far out of the
    /// money would be judged by the very few paths on which it pays off.
    /// </summary>
    private const double Floor = 1e-4;

    /// <summary>
    /// A result is accepted if this many standard errors fit within the target. With the default work parameters, about
    /// 2.5 standard errors fit, so a larger number would reject results that are accurate.
    /// </summary>
    private const double Deviations = 2;

    private static readonly int[] Ladder = [1, 4];

    public static PricingAnswer Price(ISamplingMethod method, Problem problem, WorkPlan plan, int seed)
    {
        PricingAnswer answer = PricingAnswer.Refused("The method did not run.");
        double worst = 0;
        foreach (var rung in Ladder)
        {
            var work = (int)Math.Min((long)rung * plan.Default, plan.Most);
            answer = PricingRun.Once(method, problem, work, seed);
            if (answer.Refusal is null)
            {
                worst = 0;
                for (var i = 0; i < answer.Values.Count; i++)
                    worst = Math.Max(
                        worst,
                        Deviations
                            * answer.StandardErrors[i]
                            / (Math.Abs(answer.Values[i]) + (Floor * SettledWork.Scale(problem, i)))
                    );

                if (worst <= plan.Target)
                    return answer;
            }

            if (work == plan.Most)
                break;
        }

        return answer.Refusal is not null
            ? answer
            : PricingAnswer.Refused(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"With {answer.Work} {plan.Parameter}, {Deviations} standard errors still amount to {worst:E1} of "
                        + $"a value, more than the method's target of {plan.Target:0E-0}. To accept an error of this "
                        + $"size, set the work parameter."
                ),
                answer.Work
            );
    }
}
