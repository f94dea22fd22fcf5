namespace Headrace.Apps.Benchop.Methods;

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
