namespace Headrace.Apps.Benchop.Numerics;

/// <summary>Interpolates at Chebyshev points of the second kind on [0, 1], including both ends.</summary>
internal static class ChebyshevNodes
{
    /// <summary>The first point (index 0) is 0 and the last (index <paramref name="degree"/>) is 1.</summary>
    public static double At(int degree, int node)
    {
        var half = Math.Sin(0.5 * Math.PI * node / degree);
        return half * half;
    }

    /// <summary>
    /// Computes the value of each Lagrange polynomial at <paramref name="point"/>, by the barycentric formula with the
    /// weights (-1)^j, halved at the ends (Berrut and Trefethen, SIAM Review 46 (2004) 501-517).
    /// </summary>
    /// <param name="weights">Receives one weight for each of the degree + 1 points.</param>
    public static void Weights(int degree, double point, Span<double> weights)
    {
        double sum = 0;
        for (var j = 0; j <= degree; j++)
        {
            var gap = point - At(degree, j);
            if (gap == 0)
            {
                weights.Clear();
                weights[j] = 1;
                return;
            }

            var weight = (j % 2 == 0 ? 1 : -1) * (j == 0 || j == degree ? 0.5 : 1) / gap;
            weights[j] = weight;
            sum += weight;
        }

        for (var j = 0; j <= degree; j++)
            weights[j] /= sum;
    }
}
