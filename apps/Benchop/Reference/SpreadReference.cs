using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// Computes the exchange option in two ways: the call on the first asset conditional on the second, integrated over the
/// second; and Margrabe's formula.
/// </summary>
internal static class SpreadReference
{
    public static ReferenceAnswer Of(Problem problem, SpreadCall call, TwoAssetBlackScholes model)
    {
        var count = problem.Points.Count;
        var first = new double[count];
        var second = new double[count];
        var v1 = model.Volatility1 * Math.Sqrt(call.Maturity);
        var v2 = model.Volatility2 * Math.Sqrt(call.Maturity);
        var rho = model.Correlation;
        var own = v1 * Math.Sqrt(Math.Max(0, 1 - (rho * rho)));

        // Given z, the two assets are worth the same where lean * z = ln(S2/S1) + ... The option value bends there,
        // within a width of own/lean. At a correlation of +-1, own is zero.
        var lean = (rho * v1) - v2;
        var width = lean == 0 ? 1 : Math.Clamp(own / Math.Abs(lean), 1e-12, 1);
        for (var i = 0; i < count; i++)
        {
            var s1 = problem.Points.Spots[i];
            var s2 = problem.Points.SecondSpots[i];
            second[i] = Black.Call(s1, s2, Math.Sqrt(model.RatioVariance * call.Maturity));
            first[i] = Integral.Expectation(
                z =>
                    Black.Call(
                        s1 * Math.Exp((rho * v1 * z) - (0.5 * rho * rho * v1 * v1)),
                        s2 * Math.Exp((v2 * z) - (0.5 * v2 * v2)),
                        own
                    ),
                -14,
                14 + Math.Max(v1, v2),
                lean == 0 ? 0 : (Math.Log(s2 / s1) + (0.5 * ((rho * rho * v1 * v1) - (v2 * v2)))) / lean,
                width
            );
        }

        return ReferenceAnswer.Of(
            "call on the first asset integrated over the second",
            first,
            "Margrabe's formula",
            second
        );
    }
}
