namespace Headrace.Apps.Benchop.Measuring;

/// <summary>How a cell is measured.</summary>
internal sealed record MeasureOptions
{
    /// <summary>The relative error that counts as met. Default 1e-4, the benchmark's own.</summary>
    public double Target { get; init; } = 1e-4;

    /// <summary>
    /// The work parameter to use; null takes the method's default, or with <see cref="Tune"/> the smallest that meets
    /// the target.
    /// </summary>
    public int? Work { get; init; }

    /// <summary>Search the smallest work that meets the target. Ignored when <see cref="Work"/> is given.</summary>
    public bool Tune { get; init; }

    /// <summary>False prices once and reports the error only.</summary>
    public bool Time { get; init; } = true;

    /// <summary>
    /// Half of the 95 % interval over the mean that ends the repeats. Smaller takes longer; below 0.01 a shared machine
    /// rarely gets there.
    /// </summary>
    public double HalfWidth { get; init; } = 0.05;

    /// <summary>
    /// Wall-clock seconds after which the repeats end, whatever the interval; the warm-up has five times as many. One
    /// call is never cut.
    /// </summary>
    public double MostSeconds { get; init; } = 3;

    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Check(Target is > 0 and < 1, "target", Target, "a relative error between 0 and 1, as 1e-4");
        Check(HalfWidth is > 0 and < 1, "halfWidth", HalfWidth, "a share of the mean between 0 and 1, as 0.05");
        Check(MostSeconds is > 0 and <= 600, "mostSeconds", MostSeconds, "seconds, more than 0 and at most 600");
        return faults;

        void Check(bool holds, string name, double value, string remedy)
        {
            if (!holds)
                faults.Add(FormattableString.Invariant($"{name}={value}: give {remedy}."));
        }
    }
}
