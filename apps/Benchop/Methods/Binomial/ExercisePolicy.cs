namespace Headrace.Apps.Benchop.Methods.Binomial;

/// <summary>
/// When a lattice's option may be exercised before maturity, and for what in money of maturity: sign (Factor F -
/// Strike).
/// </summary>
internal readonly struct ExercisePolicy
{
    private readonly bool always;
    private readonly int only;
    private readonly double strike;
    private readonly double rateStep;
    private readonly int steps;

    private ExercisePolicy(bool always, int only, double strike, double rateStep, int steps, double factor)
    {
        this.always = always;
        this.only = only;
        this.strike = strike;
        this.rateStep = rateStep;
        this.steps = steps;
        Factor = factor;
    }

    public static ExercisePolicy Never => new(false, -1, 0, 0, 0, 1);

    public bool IsSingle => !always;

    public double Factor { get; }

    /// <summary>At every level; the strike grows at the rate until maturity.</summary>
    public static ExercisePolicy Always(double strike, double rate, double maturity, int steps) =>
        new(true, -1, strike, rate * maturity / steps, steps, 1);

    /// <summary>At one level, where the strike's forward value and the factor of the forward price are given.</summary>
    public static ExercisePolicy Once(int level, double forwardStrike, double factor) =>
        new(false, level, forwardStrike, 0, 0, factor);

    public bool Allows(int level) => always || level == only;

    public double Strike(int level) => always ? strike * Math.Exp(rateStep * (steps - level)) : strike;
}
