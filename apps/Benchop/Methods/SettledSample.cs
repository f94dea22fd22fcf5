using System.Globalization;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// Chooses and checks the work parameter of a sampling method: it is increased from the default until the standard
/// errors are small enough for the method's target. If they never are, the method returns no price.
/// </summary>
internal static class SettledSample
{
    /// <summary>
    /// Values below this fraction of the strike are judged as if they were this large: an option so far out of the
    /// money is decided by very few paths.
    /// </summary>
    private const double Floor = 1e-4;

    /// <summary>
    /// The target must be this many standard errors wide. A larger number makes the check refuse results that are
    /// accurate; the default work parameters make the target about 2.5 standard errors wide.
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
                    $"With {answer.Work} {plan.Parameter}, {Deviations} standard errors are still {worst:E1} of a "
                        + $"value, which exceeds the method's target of {plan.Target:0E-0}. Set the work parameter to "
                        + $"accept such an error."
                ),
                answer.Work
            );
    }
}
