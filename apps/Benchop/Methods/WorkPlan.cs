namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// The work parameter of a method for one problem: its name, its range, and how the error depends on it.
/// </summary>
/// <param name="Parameter">What the work parameter counts, such as "terms" or "time steps".</param>
/// <param name="Default">
/// The default value. It meets <see cref="Target"/> for the problem's default parameters, unless the method's
/// documentation says otherwise.
/// </param>
internal sealed record WorkPlan(string Parameter, int Least, int Most, int Default, Convergence Convergence)
{
    /// <summary>The plan of a formula without a work parameter. Its only value is 1.</summary>
    public static WorkPlan None { get; } = new("none", 1, 1, 1, Convergence.Exact);

    /// <summary>
    /// The relative error that the default work parameter is chosen for: 1e-4, or 1e-3 for methods whose error
    /// decreases only like the inverse square root of the work.
    /// </summary>
    public double Target { get; init; } = 1e-4;

    /// <summary>
    /// True if a method for general models uses a shortcut that only this problem allows, such as reducing two assets
    /// to one. The cell is then ranked with the methods that use structure.
    /// </summary>
    public bool TakesShortCut { get; init; }

    /// <summary>
    /// True if the method rounds its work parameter up to a power of two, so that two values within a factor of two may
    /// result in identical runs.
    /// </summary>
    public bool Doubles { get; init; }
}

/// <summary>
/// Describes how the error decreases as the work parameter n increases. Each method states its convergence, and a test
/// verifies it.
/// </summary>
/// <param name="Order">
/// The exponent p in error ~ n^-p for algebraic convergence; infinity if the error decreases faster than any power of n
/// or is only rounding error.
/// </param>
internal sealed record Convergence(double Order, string Words)
{
    /// <summary>The only error is rounding error.</summary>
    public static Convergence Exact { get; } = new(double.PositiveInfinity, "exact up to rounding");

    /// <summary>The error decreases like e^{-cn} or e^{-c sqrt n}, down to rounding error or a stated limit.</summary>
    public static Convergence Exponential { get; } = new(double.PositiveInfinity, "exponential");

    public static Convergence Algebraic(double order) => new(order, FormattableString.Invariant($"order {order}"));
}
