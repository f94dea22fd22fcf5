using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;
using Headrace.Benchop.Tests.Published;
using Xunit;

namespace Headrace.Benchop.Tests.Methods;

/// <summary>Checks shared by the tests of all method families.</summary>
internal static class MethodProbe
{
    /// <summary>
    /// Errors are relative to the value plus a thousandth of its scale, because far out of the money an error relative
    /// to the value alone measures only rounding.
    /// </summary>
    private const double Floor = 1e-3;

    public static PricingAnswer Answer(string method, string id, string settings = "", int? work = null)
    {
        var problem = ProblemCatalogue.Resolve(id, settings);
        Assert.Empty(problem.Faults);
        return PricingRun.Price(MethodCatalogue.Find(method)!, problem.Problem!, work);
    }

    public static double[] Prices(string method, string id, string settings = "", int? work = null)
    {
        var answer = Answer(method, id, settings, work);
        Assert.Null(answer.Refusal);
        return [.. answer.Values];
    }

    /// <summary>Returns the error, as the benchmark defines it, at a problem's default parameters.</summary>
    public static double Error(string method, string id, int? work = null)
    {
        var published = PublishedValues.Of(id);
        return Prices(method, id, "", work).Select((v, i) => Math.Abs((v / published[i]) - 1)).Max();
    }

    /// <summary>
    /// Returns the order of convergence observed between the first and last work parameters. Both errors must be
    /// well above rounding error.
    /// </summary>
    public static double Order(string method, string id, params int[] works)
    {
        double[] errors = [.. works.Select(w => Error(method, id, w))];
        Assert.True(errors[^1] > 1e-12, $"{method} on {id}: the error {errors[^1]:E1} is only rounding");
        return Math.Log(errors[0] / errors[^1]) / Math.Log((double)works[^1] / works[0]);
    }

    /// <summary>
    /// Returns true if the method priced the problem to within the target error, and false if it rejected the problem.
    /// </summary>
    /// <param name="workFactor">
    /// The multiple of the default work parameter to use, or null to let the method choose its work parameter and check
    /// the result.
    /// </param>
    public static bool Meets(string method, Problem problem, double target, double? workFactor, string source)
    {
        var found = MethodCatalogue.Find(method)!;
        var plan = found.Plan(problem);
        var answer = PricingRun.Price(
            found,
            problem,
            workFactor is { } factor ? (int)Math.Min(plan.Most, plan.Default * factor) : null
        );
        if (answer.Refusal is { } reason)
        {
            Assert.Empty(answer.Values);
            Assert.True(reason.Length > 20, reason);
            return false;
        }

        var reference = ReferencePrices.Of(problem);
        var scale = problem.Quantity switch
        {
            Quantity.Delta => 1,
            Quantity.Gamma => 0.01,
            _ => 100,
        };
        for (var i = 0; i < reference.Values.Count; i++)
        {
            var error = Math.Abs(answer.Values[i] - reference.Values[i]) / (reference.Values[i] + (Floor * scale));
            Assert.True(
                error <= target,
                $"{source}: {method} has an error of {error:E2} at point {i + 1} ({answer.Values[i]:R} against "
                    + $"{reference.Values[i]:R}), work {answer.Work}, {problem.Key}"
            );
        }

        return true;
    }
}
