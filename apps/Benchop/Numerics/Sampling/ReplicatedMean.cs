namespace Headrace.Apps.Benchop.Numerics.Sampling;

/// <summary>
/// Estimates the mean of an integrand from independent replicates of a point set. Points within a replicate depend on
/// each other (strata, antithetic pairs, a scrambled net), so the standard error is computed from the means of the
/// replicates.
/// </summary>
/// <remarks>
/// The coefficient of a control variate is found by regression of the replicates' means of the output on their means of
/// the control (P. Glasserman 2003, Monte Carlo Methods in Financial Engineering, 4.1). It therefore takes the
/// stratification into account.
/// </remarks>
internal static class ReplicatedMean
{
    /// <summary>
    /// The number of points that are processed at once. Their coordinates fit in the first-level cache.
    /// </summary>
    public const int Block = 256;

    /// <param name="points">Returns the point set of a replicate.</param>
    /// <param name="effective">
    /// Receives the effective number of points of each output, (sum |x|)^2 / sum x^2. If it is small, the mean depends
    /// on a few points, and neither it nor its standard error can be trusted.
    /// </param>
    public static void Estimate(
        IIntegrand integrand,
        int replicates,
        Func<int, IPointSet> points,
        Span<double> means,
        Span<double> standardErrors,
        Span<double> effective
    )
    {
        var outputs = integrand.Outputs;
        var controls = integrand.ControlMeans.Length;
        var rows = new double[replicates][];
        var sizes = new double[2 * outputs];
        var coordinates = new double[Block * integrand.Dimensions];
        for (var replicate = 0; replicate < replicates; replicate++)
        {
            var row = rows[replicate] = new double[outputs + controls];
            var set = points(replicate);
            for (var first = 0; first < set.Count; first += Block)
            {
                Cancellation.Check();
                var length = Math.Min(Block, set.Count - first);
                var block = coordinates.AsSpan(0, length * integrand.Dimensions);
                set.Fill(first, length, block);
                integrand.Add(block, length, row, sizes);
            }

            for (var i = 0; i < row.Length; i++)
                row[i] /= set.Count;
        }

        for (var i = 0; i < outputs; i++)
        {
            var (size, square) = (sizes[2 * i], sizes[(2 * i) + 1]);
            effective[i] = square > 0 ? size * size / square : 0;
            (means[i], standardErrors[i]) =
                controls == 0 ? Mean(rows, i) : Controlled(rows, i, outputs + i, integrand.ControlMeans[i]);
        }
    }

    private static (double Mean, double Error) Mean(double[][] rows, int column)
    {
        double mean = 0;
        foreach (var row in rows)
            mean += row[column] / rows.Length;

        double sum = 0;
        foreach (var row in rows)
            sum += (row[column] - mean) * (row[column] - mean);

        return (mean, Math.Sqrt(sum / (rows.Length - 1) / rows.Length));
    }

    private static (double Mean, double Error) Controlled(double[][] rows, int column, int control, double known)
    {
        var (mean, error) = Mean(rows, column);
        var (controlMean, controlError) = Mean(rows, control);
        double product = 0;
        double square = 0;
        foreach (var row in rows)
        {
            product += (row[column] - mean) * (row[control] - controlMean);
            square += (row[control] - controlMean) * (row[control] - controlMean);
        }

        // If the spread is this small, the control is constant apart from rounding errors.
        if (!(controlError > 1e-13 * Math.Max(1, Math.Abs(known))))
            return (mean, error);

        var slope = product / square;
        double residual = 0;
        foreach (var row in rows)
        {
            var rest = row[column] - mean - (slope * (row[control] - controlMean));
            residual += rest * rest;
        }

        // The mean of the control also has an error, which affects the result through the estimated slope.
        var shift = controlMean - known;
        var variance = residual / (rows.Length - 2) * ((1.0 / rows.Length) + (shift * shift / square));
        return (mean - (slope * shift), Math.Sqrt(variance));
    }
}
