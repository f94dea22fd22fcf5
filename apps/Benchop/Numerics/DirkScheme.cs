namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// The five-stage, fourth-order, L-stable, stiffly accurate diagonally implicit Runge-Kutta method of Hairer and
/// Wanner, "Solving Ordinary Differential Equations II" (2nd ed. 1996), table IV.6.5. Stage i is one implicit Euler
/// solve of length dt/4 from a combination of the earlier stages. From the first step on, the method damps the
/// oscillations that a kink in the payoff causes, so no special first steps are needed.
/// </summary>
internal static class DirkScheme
{
    public const int Stages = 5;

    public const double Diagonal = 0.25;

    /// <summary>The abscissae of the stages, in units of the step.</summary>
    public static ReadOnlySpan<double> Times => [0.25, 0.75, 0.55, 0.5, 1];

    /// <summary>
    /// The entries to the left of the diagonal in each row of the table, divided by the diagonal entry. They are the
    /// weights of the increments from the implicit solves.
    /// </summary>
    public static ReadOnlySpan<double> Weights =>
        [
            2,
            4 * 17.0 / 50,
            -4.0 / 25,
            4 * 371.0 / 1360,
            -4 * 137.0 / 2720,
            4 * 15.0 / 544,
            4 * 25.0 / 24,
            -4 * 49.0 / 48,
            4 * 125.0 / 16,
            -4 * 85.0 / 12,
        ];

    /// <summary>Index of the first weight of a stage.</summary>
    public static int RowOf(int stage) => stage * (stage - 1) / 2;
}
