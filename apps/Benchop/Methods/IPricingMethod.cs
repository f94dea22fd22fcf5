using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// A pricing method. <see cref="Price"/> is the call that is timed, so it must start from the problem's parameters
/// alone. A method may cache tables that depend only on the work parameter (quadrature nodes, twiddle factors,
/// buffers), never anything computed from a problem. Implementations must be safe to call from several threads at once,
/// must not use other threads, and make a <see cref="Numerics.Cancellation.Check"/> in each loop that may take long.
/// </summary>
internal interface IPricingMethod
{
    MethodCard Card { get; }

    /// <summary>
    /// Returns null if the method supports this problem; otherwise, returns the reason as a sentence to be shown in the
    /// empty table cell.
    /// </summary>
    string? WhyNot(Problem problem);

    /// <summary>
    /// Describes the method's work parameter for this problem. Called only for problems that the method supports.
    /// </summary>
    WorkPlan Plan(Problem problem);

    /// <summary>
    /// Writes the price of every evaluation point to <paramref name="values"/>, in the order of the points. Returns
    /// null on success. Otherwise returns the reason why the method cannot price these parameters; the values are then
    /// undefined. A method must never return a number that it knows to be wrong. Except in measurements, call a method
    /// through <see cref="PricingRun"/>, which checks coverage, work and results.
    /// </summary>
    string? Price(Problem problem, int work, Span<double> values);
}
