namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// A grid of prices F = centre * exp(width * sinh y), uniform in y and dense around the centre, which is a node. With
/// V = sqrt(dF/dy) W, the diffusion operator has no first derivatives: 1/2 s^2 F^2 V_FF is transformed into
/// s^2/Metric * (W_yy + Potential * W), where Metric = 2 (width * cosh y)^2 (Liouville's normal form; the potential is
/// half the Schwarzian derivative of F(y)). In this form a compact scheme on three points is fourth-order accurate.
/// </summary>
internal readonly record struct GridLogSinh
{
    private GridLogSinh(double centre, double width, double step, int below, int count)
    {
        Centre = centre;
        Width = width;
        Step = step;
        Below = below;
        Count = count;
    }

    public double Centre { get; }

    /// <summary>
    /// The width of the central region, in ln F. Within about this distance of the centre, the nodes are nearly
    /// equidistant; beyond it, the spacing grows.
    /// </summary>
    public double Width { get; }

    /// <summary>Spacing of the nodes in y.</summary>
    public double Step { get; }

    /// <summary>Index of the centre node.</summary>
    public int Below { get; }

    public int Count { get; }

    /// <summary>Returns a grid with at least four intervals on each side of the centre.</summary>
    /// <param name="low">Lowest price the grid must reach, below the centre.</param>
    /// <param name="high">Highest price the grid must reach, above the centre.</param>
    public static GridLogSinh Spanning(double low, double centre, double high, double width, int intervals)
    {
        var down = -Math.Asinh(Math.Log(low / centre) / width);
        var up = Math.Asinh(Math.Log(high / centre) / width);
        var below = Math.Clamp((int)Math.Round(intervals * down / (down + up)), 4, intervals - 4);
        var step = Math.Max(down / below, up / (intervals - below));
        return new(centre, width, step, below, intervals + 1);
    }

    /// <summary>
    /// Returns a grid whose last node lies exactly on the barrier <paramref name="high"/>, with at least four intervals
    /// on each side of the centre.
    /// </summary>
    public static GridLogSinh Ending(double low, double centre, double high, double width, int intervals)
    {
        var down = -Math.Asinh(Math.Log(low / centre) / width);
        var up = Math.Asinh(Math.Log(high / centre) / width);
        var above = Math.Clamp((int)Math.Round(intervals * up / (down + up)), 4, intervals - 4);
        return new(centre, width, up / above, intervals - above, intervals + 1);
    }

    public double Y(int node) => (node - Below) * Step;

    public double CoordinateOf(double price) => Math.Asinh(Math.Log(price / Centre) / Width);

    /// <param name="prices">The price F at each node.</param>
    /// <param name="metric">2 (d ln F / dy)^2 at each node.</param>
    /// <param name="scale">sqrt(dF/dy) at each node, so that V = scale * W.</param>
    public void Fill(Span<double> prices, Span<double> metric, Span<double> potential, Span<double> scale)
    {
        // Computes e^y by repeated multiplication, which avoids one exponential per node. The error grows by half an
        // ulp per node.
        var ratio = Math.Exp(Step);
        var rising = Math.Exp(-Below * Step);
        for (var j = 0; j < Count; j++)
        {
            var falling = 1 / rising;
            var sinh = 0.5 * (rising - falling);
            var cosh = 0.5 * (rising + falling);
            var slope = Width * cosh;
            var tanh = sinh / cosh;
            prices[j] = Centre * Math.Exp(Width * sinh);
            metric[j] = 2 * slope * slope;
            potential[j] = 0.5 - (0.75 * tanh * tanh) - (0.25 * slope * slope);
            scale[j] = Math.Sqrt(prices[j] * slope);
            rising *= ratio;
        }

        prices[Below] = Centre;
    }
}
