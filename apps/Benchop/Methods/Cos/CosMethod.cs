using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// The COS method: the density is expanded in cosines on a range that is determined by the cumulants, and each
/// coefficient is computed from the characteristic function. The work parameter is the number of terms or, where early
/// exercise or the model requires time steps, the number of steps.
/// </summary>
internal sealed class CosMethod : IPricingMethod
{
    public MethodCard Card { get; } =
        new(
            "cos",
            "Fourier cosine expansion (COS)",
            "Fang, Oosterlee 2008, SIAM J. Sci. Comput. 31, 826-848; the same 2009, Numer. Math. 114, 27-62 (early "
                + "exercise); Ruijter, Oosterlee 2012, SIAM J. Sci. Comput. 34 (two assets); Ruijter, Oosterlee "
                + "2016, Appl. Numer. Math. 103 (local volatility)"
        );

    public string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (EuropeanCall, ImpliedLocalVolatility) =>
                "The scheme needs smooth time derivatives of the volatility, but on this surface they diverge like "
                    + "the inverse square root of time near time zero.",
            (AmericanPut or UpAndOutCall, BlackScholes) or (AmericanCall, DividendBlackScholes) => null,
            (EuropeanCall, _) or (SpreadCall, TwoAssetBlackScholes) => null,
            _ => "The method has no formula for this contract under this model.",
        };

    public WorkPlan Plan(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (AmericanPut put, BlackScholes model) => BermudanPut.Plan(put, model),
            (EuropeanCall call, LocalVolatility model) => CosLocalVolatility.Plan(call, model),
            (EuropeanCall, _) => new("terms", 4, 1 << 16, Terms(problem), Convergence.Exponential),
            (AmericanCall call, DividendBlackScholes model) => new(
                "terms",
                8,
                CosDividend.MaxTerms,
                CosDividend.Terms(problem.Points.Spots, call, model),
                Convergence.Exponential
            ),
            (SpreadCall, TwoAssetBlackScholes model) => new(
                "terms in each direction",
                4,
                512,
                CosSpread.Terms(model),
                Convergence.Exponential
            ),
            _ => new("terms", 4, 1 << 16, 64, Convergence.Exponential)
            {
                Structure = "The image of the normal density at the barrier removes the paths that touch it.",
            },
        };

    public string? Price(Problem problem, int work, Span<double> values) =>
        (problem.Contract, problem.Model) switch
        {
            (EuropeanCall call, LocalVolatility model) when model is not ImpliedLocalVolatility =>
                CosLocalVolatility.Price(problem.Points.Spots, call, model, work, values),
            (EuropeanCall call, Model model) when LogReturn.Of(model, call.Maturity) is { } law => CosEuropean.Price(
                problem,
                call,
                law,
                work,
                values
            ),
            (UpAndOutCall call, BlackScholes model) => CosBarrier.Price(
                problem.Points.Spots,
                call,
                model,
                work,
                values
            ),
            (AmericanPut put, BlackScholes model) => BermudanPut.Price(problem.Points.Spots, put, model, work, values),
            (AmericanCall call, DividendBlackScholes model) => CosDividend.Price(
                problem.Points.Spots,
                call,
                model,
                work,
                values
            ),
            (SpreadCall call, TwoAssetBlackScholes model) => CosSpread.Price(problem.Points, call, model, work, values),
            _ => WhyNot(problem),
        };

    /// <summary>The number of terms at which the characteristic function has decayed to e^-18.</summary>
    private static int Terms(Problem problem)
    {
        var law = LogReturn.Of(problem.Model, problem.Contract.Maturity)!;
        var terms = CosRange.Of(law).Width * law.Cutoff(18) / Math.PI;
        return (int)Math.Clamp(Math.Ceiling(terms), 16, 1 << 16);
    }
}
