namespace Headrace.Apps.Benchop.Measuring;

/// <summary>Student's t distribution with a whole number of degrees of freedom.</summary>
/// <remarks>
/// Expressed in the angle a = atan(t / sqrt(n)), the probability that |T| &lt;= t is a finite sum (Abramowitz and
/// Stegun 1964, 26.7.3 and 26.7.4), so no incomplete beta function is needed.
/// </remarks>
internal static class StudentT
{
    private const double Probability = 0.95;

    // Starting point of the iteration. This quantile of the normal distribution is smaller than the same quantile of
    // Student's t distribution with any number of degrees of freedom.
    private const double NormalQuantile = 1.9599639845400542;

    /// <summary>Returns the value t that |T| exceeds with a probability of 5 %.</summary>
    public static double Quantile975(int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);

        // The probability is a concave function of the angle, so Newton's method approaches the solution from below
        // without overshooting. The iteration ends when rounding prevents any further increase.
        var angle = Math.Atan(NormalQuantile / Math.Sqrt(degrees));
        while (true)
        {
            var (probability, slope) = Within(angle, degrees);
            var next = angle + ((Probability - probability) / slope);
            if (!(next > angle * (1 + 1e-15)))
                return Math.Sqrt(degrees) * Math.Tan(angle);

            angle = next;
        }
    }

    /// <summary>Returns the probability that |T| &lt;= t and its derivative with respect to the angle.</summary>
    private static (double Probability, double Slope) Within(double angle, int degrees)
    {
        var (sine, cosine) = Math.SinCos(angle);
        var square = cosine * cosine;
        var isOdd = degrees % 2 == 1;
        var term = isOdd ? cosine : 1;
        var slope = isOdd ? 2 / Math.PI : cosine;
        double sum = 0;
        for (var k = isOdd ? 2 : 1; k < degrees; k += 2)
        {
            sum += term;
            term *= k * square / (k + 1);
            if (k > 1)
                slope *= k * square / (k - 1);
        }

        return (isOdd ? 2 / Math.PI * (angle + (sine * sum)) : sine * sum, slope);
    }
}
