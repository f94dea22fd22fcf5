using Headrace.Apps.Benchop.Collocation;

namespace Headrace.Apps.Benchop.Methods.RbfPum;

/// <summary>Derivatives in the plane, blended from overlapping patches that are squares of nodes.</summary>
internal sealed class PatchedPlane : IPlaneDiscretisation
{
    private const int Side = 6;

    /// <summary>
    /// Every node begins a patch. With a longer stride, the blended derivatives would repeat with the period of the
    /// stride, and the kink of the payoff would leave an error of second order.
    /// </summary>
    private const int Stride = 1;

    private const double Shape = 4;

    private static readonly Multiquadric Patch = Multiquadric.OnPatch(Side, Side, Shape);

    public int Steps(int intervals) => Math.Max(12, intervals / 4);

    public IPlaneSpace Build(PlaneTask task) => new StencilPlane(task, new Blended(task));

    private sealed class Blended : IPlaneWeights
    {
        private readonly PlaneTask _task;
        private readonly PatchCover _alongX;
        private readonly PatchCover _alongY;
        private readonly (int Start, double Weight, double Slope)[] _patchesX;
        private readonly (int Start, double Weight, double Slope)[] _patchesY;

        public Blended(PlaneTask task)
        {
            _task = task;
            _alongX = new PatchCover(task.X.Length, Side, Stride);
            _alongY = new PatchCover(task.Y.Length, Side, Stride);
            _patchesX = new (int, double, double)[_alongX.MaxPatches];
            _patchesY = new (int, double, double)[_alongY.MaxPatches];
        }

        public int Width => _alongX.Window;

        public int Height => _alongY.Window;

        public bool Fill(int i, int j, PlaneStencil stencil)
        {
            var (countX, countY) = (_alongX.At(i, _patchesX), _alongY.At(j, _patchesY));
            foreach (var x in _patchesX.AsSpan(0, countX))
                foreach (var y in _patchesY.AsSpan(0, countY))
                    Add(stencil, i, j, x, y);

            stencil.Transform(_task.GradedX.Derivatives(_task.X[i]), _task.GradedY.Derivatives(_task.Y[j]));
            return true;
        }

        // The weight of a square patch is the product of the weights of its sides. For an operator L, L(w u) = w L u +
        // products of first derivatives + u L w, and the last terms of all patches add up to zero at a node.
        private static void Add(
            PlaneStencil stencil,
            int i,
            int j,
            (int Start, double Weight, double Slope) x,
            (int Start, double Weight, double Slope) y
        )
        {
            var row = (((i - x.Start) * Side) + j - y.Start) * Side * Side;
            var weight = x.Weight * y.Weight;
            var (slopeX, slopeY) = (x.Slope * y.Weight, x.Weight * y.Slope);
            for (var a = 0; a < Side; a++)
            {
                var place = ((x.Start - stencil.FirstX + a) * stencil.Height) + y.Start - stencil.FirstY;
                for (var b = 0; b < Side; b++)
                {
                    var k = row + (a * Side) + b;
                    var (dx, dy) = (Patch.X[k], Patch.Y[k]);
                    stencil.X[place + b] += weight * dx;
                    stencil.Y[place + b] += weight * dy;
                    stencil.XX[place + b] += (weight * Patch.XX[k]) + (2 * slopeX * dx);
                    stencil.YY[place + b] += (weight * Patch.YY[k]) + (2 * slopeY * dy);
                    stencil.XY[place + b] += (weight * Patch.XY[k]) + (slopeX * dy) + (slopeY * dx);
                }
            }
        }
    }
}
