namespace Headrace.Apps.Benchop.Collocation;

/// <summary>Radial basis functions of one shape around centres on the axis of node indices.</summary>
/// <param name="Centres">
/// The centres, which need not be whole numbers or lie between the first and the last node.
/// </param>
/// <param name="Function">The value, slope and curvature of the function at a distance from its centre.</param>
internal sealed record RadialLevel(
    double[] Centres,
    Func<double, (double Value, double Slope, double Curvature)> Function
);
