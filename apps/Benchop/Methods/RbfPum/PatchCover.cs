namespace Headrace.Apps.Benchop.Methods.RbfPum;

/// <summary>
/// Overlapping patches of equally many consecutive nodes, and the weights of the partition of unity at the nodes.
/// </summary>
internal sealed class PatchCover
{
    private readonly int[] _starts;

    public PatchCover(int nodes, int size, int stride)
    {
        Nodes = nodes;
        Size = Math.Min(size, nodes);
        Stride = stride;
        List<int> starts = [];
        for (var start = 0; start < nodes - Size; start += stride)
            starts.Add(start);

        starts.Add(nodes - Size);
        _starts = [.. starts];
    }

    public int Nodes { get; }

    /// <summary>Number of nodes in a patch.</summary>
    public int Size { get; }

    public int Stride { get; }

    /// <summary>Number of nodes in a window around a node. The window contains every patch with this node.</summary>
    public int Window => (2 * (Size - 1)) + 1;

    /// <summary>
    /// Writes the patches that contain a node, with the value and the slope (per index) of their weights, and returns
    /// their number.
    /// </summary>
    public int At(int node, Span<(int Start, double Weight, double Slope)> patches)
    {
        var radius = 0.5 * Size;
        var count = 0;
        double sum = 0;
        double slopes = 0;
        foreach (var start in _starts)
        {
            if (start > node || start + Size <= node)
                continue;

            var centre = start + (0.5 * (Size - 1));
            var r = Math.Abs(node - centre) / radius;

            // Wendland's function (1 - r)^4 (4 r + 1), which has two continuous derivatives.
            var rest = 1 - r;
            var weight = rest * rest * rest * rest * ((4 * r) + 1);
            var slope = -20 * r * rest * rest * rest * Math.Sign(node - centre) / radius;
            patches[count++] = (start, weight, slope);
            sum += weight;
            slopes += slope;
        }

        for (var k = 0; k < count; k++)
        {
            var (start, weight, slope) = patches[k];
            patches[k] = (start, weight / sum, ((slope * sum) - (weight * slopes)) / (sum * sum));
        }

        return count;
    }

    /// <summary>The largest number of patches that contain one node.</summary>
    public int MaxPatches => ((Size - 1) / Stride) + 3;
}
