using Headrace.Apps.Benchop.Collocation;

namespace Headrace.Apps.Benchop.Methods.RbfPum;

/// <summary>Derivatives on a line, blended from overlapping patches.</summary>
internal sealed class PatchedLine : ILineDiscretisation
{
    private const int PatchSize = 9;

    /// <summary>
    /// Every node begins a patch. With a longer stride, the blended derivatives would repeat with the period of the
    /// stride, and the kink of the payoff would leave an error of second order.
    /// </summary>
    private const int Stride = 1;

    /// <summary>
    /// With flatter basis functions, the interpolant approaches the polynomial through the patch, and the matrix
    /// becomes ill-conditioned.
    /// </summary>
    private const double Shape = 4;

    private static readonly Multiquadric Patch = Multiquadric.OnPatch(PatchSize, 1, Shape);

    public int Order => 4;

    public int Steps(int intervals) => Math.Max(10, intervals / 6);

    public ILineSpace? Build(LineTask task, int intervals)
    {
        var nodes = task.Nodes(Math.Max(intervals, 2 * PatchSize));
        var cover = new PatchCover(nodes.Z.Length, PatchSize, Stride);
        var space = new StencilSpace(nodes.Z, cover.Window);
        Span<(int Start, double Weight, double Slope)> patches = new (int, double, double)[cover.MaxPatches];
        for (var i = 1; i < nodes.Z.Length - 1; i++)
        {
            var slope = space.Slope(i);
            var curvature = space.Curvature(i);
            foreach (var (start, weight, weightSlope) in patches[..cover.At(i, patches)])
            {
                var row = (i - start) * PatchSize;
                var first = start - space.First(i);
                for (var k = 0; k < PatchSize; k++)
                {
                    slope[first + k] += weight * Patch.X[row + k];
                    curvature[first + k] += (weight * Patch.XX[row + k]) + (2 * weightSlope * Patch.X[row + k]);
                }
            }

            // The terms with derivatives of the weights alone add up to zero at a node, because all patches have the
            // same value there.
            space.Transform(i, nodes.Derivatives(nodes.Z[i]));
        }

        return space;
    }
}
