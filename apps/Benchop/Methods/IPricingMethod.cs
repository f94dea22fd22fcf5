using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// One pricing method. <see cref="Price"/> is what is timed, so it starts from the problem's numbers alone: it may keep
/// tables that
/// depend on nothing but the work parameter (quadrature nodes, twiddle factors, buffers), never anything computed from
/// a problem.
/// Implementations are safe to call from several threads at once.
/// </summary>
internal interface IPricingMethod
{
    MethodCard Card { get; }

    /// <summary>
    /// Null when the method prices this problem, else the reason why not, as a sentence for the table's empty cell.
    /// </summary>
    string? WhyNot(Problem problem);

    /// <summary>The one knob of the method for this problem. Only asked of problems that it covers.</summary>
    WorkPlan Plan(Problem problem);

    /// <summary>
    /// Prices every evaluation point into <paramref name="values"/>, in the order of the points. Null on success; else
    /// the reason
    /// why these numbers are out of the method's reach, and the values are void. A number known to be wrong is never
    /// returned.
    /// Call it through <see cref="PricingRun"/> unless you are measuring: that checks coverage, work and what came out.
    /// </summary>
    string? Price(Problem problem, int work, Span<double> values);
}
