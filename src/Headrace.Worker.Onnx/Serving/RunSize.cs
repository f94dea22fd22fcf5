namespace Headrace.Worker.Onnx.Serving;

/// <summary>
/// Decides how many rows one run of the model takes. More rows are not always faster: a tree ensemble scored 1.1
/// million rows per second in runs of 32 rows but only 0.4 million in runs of 1,024, whose values do not fit into the
/// CPU cache. Therefore, several sizes are measured when the model is loaded, and larger batches are split.
/// </summary>
internal static class RunSize
{
    private const int Repetitions = 5;

    /// <summary>
    /// The total time of the measurements, which delays the first job of a process. A slow model is measured only with
    /// small sizes.
    /// </summary>
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(500);

    /// <summary>A difference in rates below this fraction may be due to chance.</summary>
    private const double Noise = 0.05;

    /// <summary>
    /// Returns the size with the highest rate or, if several sizes have similar rates, the largest of these.
    /// </summary>
    /// <param name="measured">The sizes in ascending order, each with the time of a run.</param>
    public static int Choose(IReadOnlyList<(int Rows, TimeSpan Time)> measured)
    {
        var best = measured.Max(RateOf);
        return measured.Last(one => RateOf(one) >= best * (1 - Noise)).Rows;
    }

    /// <summary>
    /// Measures runs of 1, 2, 4 rows and so on up to the maximum. The time for a size is the time of its fastest run,
    /// which is the run that other processes disturbed least.
    /// </summary>
    /// <param name="run">Runs the model over this number of rows.</param>
    /// <param name="max">The largest size.</param>
    /// <param name="time">Measures the runs.</param>
    public static IReadOnlyList<(int Rows, TimeSpan Time)> Measure(Action<int> run, int max, TimeProvider time)
    {
        var measured = new List<(int, TimeSpan)>();
        var start = time.GetTimestamp();
        for (var rows = 1; ; rows = Math.Min(rows * 2, max))
        {
            run(rows);
            var fastest = TimeSpan.MaxValue;
            for (var i = 0; i < Repetitions && (i == 0 || time.GetElapsedTime(start) < Budget); i++)
            {
                var began = time.GetTimestamp();
                run(rows);
                fastest = new[] { fastest, time.GetElapsedTime(began) }.Min();
            }
            measured.Add((rows, fastest));
            if (rows == max || time.GetElapsedTime(start) >= Budget)
                return measured;
        }
    }

    private static double RateOf((int Rows, TimeSpan Time) measured) =>
        measured.Rows / Math.Max(measured.Time.TotalSeconds, 1e-9);
}
