namespace Headrace.Apps.Benchop.Methods.Binomial;

/// <summary>
/// Specifies the lattice levels at which an option may be exercised before maturity. The exercise value, compounded to
/// maturity, is sign * (Factor * F - Strike).
/// </summary>
internal readonly struct ExercisePolicy
{
    private readonly bool _always;
    private readonly int _only;
    private readonly double _strike;
    private readonly double _rateStep;
    private readonly int _steps;

    private ExercisePolicy(bool always, int only, double strike, double rateStep, int steps, double factor)
    {
        _always = always;
        _only = only;
        _strike = strike;
        _rateStep = rateStep;
        _steps = steps;
        Factor = factor;
    }

    public static ExercisePolicy Never => new(false, -1, 0, 0, 0, 1);

    public bool IsSingle => !_always;

    public double Factor { get; }

    /// <summary>
    /// Allows exercise at every level. The strike is compounded from each level to maturity at the risk-free rate.
    /// </summary>
    public static ExercisePolicy Always(double strike, double rate, double maturity, int steps) =>
        new(true, -1, strike, rate * maturity / steps, steps, 1);

    /// <summary>
    /// Allows exercise at one level, with the given forward value of the strike and the given factor of the forward
    /// price.
    /// </summary>
    public static ExercisePolicy Once(int level, double forwardStrike, double factor) =>
        new(false, level, forwardStrike, 0, 0, factor);

    public bool Allows(int level) => _always || level == _only;

    public double Strike(int level) => _always ? _strike * Math.Exp(_rateStep * (_steps - level)) : _strike;
}
