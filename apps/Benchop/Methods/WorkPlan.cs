using Headrace.Apps.Benchop.Models;

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
    /// <summary>The plan for a formula without a work parameter. Its only value is 1.</summary>
    public static WorkPlan None { get; } = new("none", 1, 1, 1, Convergence.Exact);

    /// <summary>
    /// The relative error for which the default work parameter is chosen: 1e-4, or 1e-3 for methods whose error
    /// decreases only in proportion to the inverse square root of the work.
    /// </summary>
    public double Target { get; init; } = 1e-4;

    /// <summary>
    /// The special structure of this contract and model that the method uses, as a sentence; null for a general method.
    /// General cells and cells that use structure are ranked separately.
    /// </summary>
    /// <remarks>
    /// The criterion: a cell is general if the same algorithm still works after the model has been replaced by another
    /// model of the kind for which the method is designed. For transforms, these are the models with a known
    /// characteristic function; for grids and collocation, diffusions whose coefficients may vary with the price; for
    /// trees and sampling, models whose paths can be simulated. Everything else uses structure: a closed form or a
    /// series for the price or for a part of it, an image of the density at a barrier, a representation by the
    /// early-exercise premium, a reduction of dimension. A proportional dividend that is moved to the initial price
    /// does not count.
    /// </remarks>
    public string? Structure { get; init; }

    /// <summary>
    /// A sentence that states what keeps the error of the method above <see cref="Target"/> or makes it decrease
    /// unusually slowly; null if nothing is known. The sentence is part of the reason shown for a cell that misses its
    /// target.
    /// </summary>
    public string? Obstacle { get; init; }

    /// <summary>
    /// Whether the method rounds its work parameter up to a power of two, so that two values within a factor of two may
    /// result in identical runs.
    /// </summary>
    public bool Doubles { get; init; }

    /// <summary>Returns the obstacle for a method that resolves the variance of a model on nodes.</summary>
    public static string? ObstacleOf(Model model) =>
        model is Heston { FellerHolds: false }
            ? "Feller's condition is violated, so the value curves sharply where the variance is near zero."
            : null;
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

    /// <summary>
    /// The error decreases like e^{-cn} or e^{-c sqrt n} until it reaches rounding error or a stated limit.
    /// </summary>
    public static Convergence Exponential { get; } = new(double.PositiveInfinity, "exponential");

    public static Convergence Algebraic(double order) => new(order, FormattableString.Invariant($"order {order}"));
}
