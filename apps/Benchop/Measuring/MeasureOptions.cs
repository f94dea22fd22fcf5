namespace Headrace.Apps.Benchop.Measuring;

/// <summary>Options that determine how a cell is measured.</summary>
internal sealed record MeasureOptions
{
    /// <summary>The target for the relative error. The default, 1e-4, is the benchmark's own target.</summary>
    public double Target { get; init; } = 1e-4;

    /// <summary>
    /// The work parameter. If null, the method's default is used or, with <see cref="Tune"/>, the smallest value that
    /// meets the target.
    /// </summary>
    public int? Work { get; init; }

    /// <summary>The seed of a sampling method. Other methods ignore it.</summary>
    public int Seed { get; init; } = Methods.ISamplingMethod.DefaultSeed;

    /// <summary>
    /// Whether to search for the smallest work parameter that meets the target. Ignored when <see cref="Work"/> is set.
    /// </summary>
    public bool Tune { get; init; }

    /// <summary>
    /// Whether to compare the values with a reference. If false, no reference is computed, so the cell has no error.
    /// </summary>
    public bool Judge { get; init; } = true;

    /// <summary>Whether to measure the error and time of smaller and larger work parameters as well.</summary>
    public bool Curve { get; init; }

    public TimingProtocol Protocol { get; init; }

    /// <summary>
    /// Whether to measure the time. If false, the method is called once and only the error is reported.
    /// </summary>
    public bool Time { get; init; } = true;

    /// <summary>
    /// Measuring ends when the half-width of the 95 % confidence interval, as a fraction of the mean, reaches this
    /// value. Smaller values take longer; a shared machine rarely reaches values below 0.01.
    /// </summary>
    public double HalfWidth { get; init; } = 0.05;

    /// <summary>
    /// Wall-clock seconds after which the measurement ends, regardless of the interval. The warm-up may take five times
    /// as long, and the search for a work parameter four times. A single call is never interrupted. Below the default,
    /// the warm-up is shorter in proportion.
    /// </summary>
    public double MaxSeconds { get; init; } = DefaultSeconds;

    public const double DefaultSeconds = 3;

    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Check(Target is > 0 and < 1, "target", Target, "a relative error between 0 and 1, such as 1e-4");
        Check(HalfWidth is > 0 and < 1, "halfWidth", HalfWidth, "a fraction of the mean between 0 and 1, such as 0.05");
        Check(MaxSeconds is > 0 and <= 600, "maxSeconds", MaxSeconds, "seconds, greater than 0 and at most 600");
        return faults;

        void Check(bool holds, string name, double value, string remedy)
        {
            if (!holds)
                faults.Add(FormattableString.Invariant($"{name}={value}: specify {remedy}."));
        }
    }
}
