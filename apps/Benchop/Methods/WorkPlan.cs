namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// The work parameter of a method for one problem: its name, its range, and how the error depends on it.
/// </summary>
/// <param name="Parameter">What the work parameter counts, such as "terms" or "time steps".</param>
/// <param name="Default">
/// Meets 1e-4 for the problem's default parameters, unless the method's documentation says otherwise.
/// </param>
internal sealed record WorkPlan(string Parameter, int Least, int Most, int Default, Convergence Convergence)
{
    /// <summary>For a formula without a work parameter: the only value is 1.</summary>
    public static WorkPlan None { get; } = new("none", 1, 1, 1, Convergence.Exact);

    /// <summary>
    /// True when a method for general models uses a shortcut here that only this problem allows, such as reducing two
    /// assets to one. The cell is then ranked with the methods that use structure.
    /// </summary>
    public bool TakesShortCut { get; init; }

    /// <summary>
    /// True when the method rounds its work up to a power of two: two values within a factor of two may then give the
    /// same run.
    /// </summary>
    public bool Doubles { get; init; }
}

/// <summary>How the error falls as the work parameter n grows. Each method states it and a test verifies it.</summary>
/// <param name="Order">
/// p in error ~ n^-p for algebraic convergence; infinity when the error falls faster than any power or is only
/// rounding.
/// </param>
internal sealed record Convergence(double Order, string Words)
{
    /// <summary>The error is only that of rounding.</summary>
    public static Convergence Exact { get; } = new(double.PositiveInfinity, "exact up to rounding");

    /// <summary>Error ~ e^{-cn} or e^{-c sqrt n}, down to rounding or a stated floor.</summary>
    public static Convergence Exponential { get; } = new(double.PositiveInfinity, "exponential");

    public static Convergence Algebraic(double order) => new(order, FormattableString.Invariant($"order {order}"));
}
