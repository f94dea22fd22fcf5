namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// The work parameter of a method for one problem: its name, the values it may take, and how the error falls with it.
/// </summary>
/// <param name="Parameter">What the number counts, as "terms" or "space steps".</param>
/// <param name="Default">
/// Meets 1e-4 for the problem's default numbers, unless the method's documentation says otherwise.
/// </param>
internal sealed record WorkPlan(string Parameter, int Least, int Most, int Default, Convergence Convergence)
{
    /// <summary>For a formula that has no knob: the only work is 1.</summary>
    public static WorkPlan None { get; } = new("none", 1, 1, 1, Convergence.Exact);

    /// <summary>
    /// True when a method for general models takes a short cut here that only this problem allows, such as turning two
    /// assets into one. The cell is
    /// then ranked with the methods that use structure.
    /// </summary>
    public bool TakesShortCut { get; init; }

    /// <summary>
    /// True when the method rounds its work up to a power of two: two works that are nearer than a factor of two may be
    /// the same.
    /// </summary>
    public bool Doubles { get; init; }
}

/// <summary>How the error falls as the work parameter n grows. Stated by each method and held by a test.</summary>
/// <param name="Order">
/// p of error ~ n^-p for algebraic convergence; infinity when it is faster than every power or there is no error to
/// fall.
/// </param>
internal sealed record Convergence(double Order, string Words)
{
    /// <summary>Rounding only.</summary>
    public static Convergence Exact { get; } = new(double.PositiveInfinity, "exact up to rounding");

    /// <summary>Error ~ e^{-cn} or e^{-c sqrt n}, down to rounding or a stated floor.</summary>
    public static Convergence Exponential { get; } = new(double.PositiveInfinity, "exponential");

    public static Convergence Algebraic(double order) => new(order, FormattableString.Invariant($"order {order}"));
}
