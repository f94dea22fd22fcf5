namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// Maximises a function of a few variables without derivatives (J. A. Nelder and R. Mead 1965, A simplex method for
/// function minimization, Computer J. 7, 308-313).
/// </summary>
internal static class SimplexSearch
{
    internal delegate double Objective(ReadOnlySpan<double> x);

    /// <param name="steps">
    /// For each direction, the distance from the start to the corresponding corner of the first simplex.
    /// </param>
    /// <param name="evaluations">The number of evaluations after which the best corner is returned.</param>
    public static double[] Maximise(double[] start, double[] steps, int evaluations, Objective objective)
    {
        var n = start.Length;
        var corners = new double[n + 1][];
        var values = new double[n + 1];
        for (var i = 0; i <= n; i++)
        {
            corners[i] = [.. start];
            if (i > 0)
                corners[i][i - 1] += steps[i - 1];

            values[i] = objective(corners[i]);
        }

        for (var used = n + 1; used < evaluations;)
        {
            Array.Sort(values, corners);
            var worst = corners[0];
            var centre = new double[n];
            for (var i = 1; i <= n; i++)
                for (var j = 0; j < n; j++)
                    centre[j] += corners[i][j] / n;

            var (reflected, value) = Try(1);
            if (value > values[n])
            {
                var (expanded, more) = Try(2);
                (corners[0], values[0]) = more > value ? (expanded, more) : (reflected, value);
            }
            else if (value > values[1])
                (corners[0], values[0]) = (reflected, value);
            else
            {
                var (contracted, less) = Try(value > values[0] ? 0.5 : -0.5);
                if (less > Math.Max(value, values[0]))
                    (corners[0], values[0]) = (contracted, less);
                else
                    Shrink();
            }

            (double[], double) Try(double factor)
            {
                var x = new double[n];
                for (var j = 0; j < n; j++)
                    x[j] = centre[j] + (factor * (centre[j] - worst[j]));

                used++;
                return (x, objective(x));
            }

            void Shrink()
            {
                for (var i = 0; i < n; i++)
                {
                    for (var j = 0; j < n; j++)
                        corners[i][j] = 0.5 * (corners[i][j] + corners[n][j]);

                    values[i] = objective(corners[i]);
                    used++;
                }
            }
        }

        Array.Sort(values, corners);
        return corners[n];
    }
}
