using Headrace.Apps.Benchop.Numerics.Sampling;
using Xunit;

namespace Headrace.Benchop.Tests.Numerics.Sampling;

public sealed class PointSetTests
{
    // The second to sixth points of Joe and Kuo's sequence, in natural order and in units of 1/8.
    [Theory]
    [InlineData(1, new uint[] { 4, 4, 4, 4, 4, 4 })]
    [InlineData(2, new uint[] { 2, 6, 6, 6, 2, 2 })]
    [InlineData(3, new uint[] { 6, 2, 2, 2, 6, 6 })]
    [InlineData(4, new uint[] { 1, 5, 3, 1, 1, 3 })]
    [InlineData(5, new uint[] { 5, 1, 7, 5, 5, 7 })]
    public void The_first_points_are_those_of_Joe_and_Kuo(uint index, uint[] eighths)
    {
        for (var dimension = 0; dimension < eighths.Length; dimension++)
            Assert.Equal(eighths[dimension] << 29, ScrambledSobol.Unscrambled(dimension, index));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Scrambling_keeps_one_point_in_every_cell_of_equal_volume(uint seed)
    {
        const int Log2 = 10;
        var points = Points(new ScrambledSobol(2, Log2, seed, 0), 2);

        // The first two dimensions are a (0, m, 2)-net: every dyadic rectangle of volume 2^-m contains exactly one
        // point.
        for (var bits = 0; bits <= Log2; bits++)
        {
            var cells = new int[1 << Log2];
            for (var i = 0; i < cells.Length; i++)
                cells[
                    ((int)(points[i] * (1 << bits)) << (Log2 - bits))
                        + (int)(points[cells.Length + i] * (1 << (Log2 - bits)))
                ]++;

            Assert.All(cells, c => Assert.Equal(1, c));
        }
    }

    [Fact]
    public void The_error_of_a_smooth_mean_decreases_like_the_power_three_halves()
    {
        double few = Spread(6);
        double many = Spread(12);

        // At the theoretical rate of convergence, the factor would be 512.
        Assert.True(few / many > 200, $"{few:E1} {many:E1}");

        static double Spread(int log2)
        {
            double sum = 0;
            for (uint seed = 0; seed < 64; seed++)
            {
                var points = Points(new ScrambledSobol(1, log2, seed, 9), 1);
                sum += Math.Pow(points.Average(Math.Exp) - (Math.E - 1), 2);
            }

            return Math.Sqrt(sum / 64);
        }
    }

    [Theory]
    [InlineData(1, 512)]
    [InlineData(2, 512)]
    [InlineData(3, 1000)]
    public void Every_cell_holds_one_antithetic_pair(int stratified, int count)
    {
        var set = new StratifiedPoints(stratified + 1, stratified, count, 5, 1);
        Assert.True(set.Count >= count && set.Count % 4 == 0);
        var cells = (int)Math.Round(Math.Pow(set.Count / 2, 1.0 / stratified));
        var points = Points(set, stratified + 1);
        var hits = new int[set.Count / 2];

        for (var i = 0; i < set.Count; i++)
        {
            var cell = 0;
            for (var dimension = stratified - 1; dimension >= 0; dimension--)
                cell = (cell * cells) + (int)(points[(dimension * set.Count) + i] * cells);

            hits[cell]++;
        }

        Assert.All(hits, h => Assert.Equal(2, h));
        Assert.Equal(0.5, points.Skip(stratified * set.Count).Average(), 12);
    }

    [Fact]
    public void A_block_does_not_depend_on_the_blocks_before_it()
    {
        IPointSet[] sets = [new ScrambledSobol(5, 12, 3, 4), new StratifiedPoints(5, 2, 4096, 3, 4)];
        foreach (var set in sets)
        {
            var all = Points(set, 5);
            var alone = new double[5 * ReplicatedMean.Block];

            set.Fill(2 * ReplicatedMean.Block, ReplicatedMean.Block, alone);

            for (var i = 0; i < alone.Length; i++)
                Assert.Equal(
                    all[
                        (i / ReplicatedMean.Block * set.Count) + (2 * ReplicatedMean.Block) + (i % ReplicatedMean.Block)
                    ],
                    alone[i]
                );
        }
    }

    [Fact]
    public void Bridged_paths_have_the_covariance_of_Brownian_motion()
    {
        double[] times = [0.1, 0.25, 0.4, 0.8, 1.5];
        var bridge = new BrownianBridge(times);
        var covariance = new double[times.Length, times.Length];
        for (var source = 0; source < times.Length; source++)
        {
            var normals = new double[4 * times.Length];
            var paths = new double[4 * times.Length];
            normals[4 * source] = 1;
            bridge.Build(normals, 4, paths);
            for (var i = 0; i < times.Length; i++)
                for (var j = 0; j < times.Length; j++)
                    covariance[i, j] += paths[4 * i] * paths[4 * j];
        }

        for (var i = 0; i < times.Length; i++)
            for (var j = 0; j < times.Length; j++)
                Assert.Equal(Math.Min(times[i], times[j]), covariance[i, j], 14);
    }

    /// <summary>All points, coordinate by coordinate.</summary>
    private static double[] Points(IPointSet set, int dimensions)
    {
        var all = new double[dimensions * set.Count];
        var block = new double[dimensions * ReplicatedMean.Block];
        for (var first = 0; first < set.Count; first += ReplicatedMean.Block)
        {
            var length = Math.Min(ReplicatedMean.Block, set.Count - first);
            set.Fill(first, length, block.AsSpan(0, length * dimensions));
            for (var dimension = 0; dimension < dimensions; dimension++)
                block.AsSpan(dimension * length, length).CopyTo(all.AsSpan((dimension * set.Count) + first));
        }

        return all;
    }
}
