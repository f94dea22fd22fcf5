using Headrace.Apps.Benchop.Numerics;
using Xunit;

namespace Headrace.Benchop.Tests.Numerics;

public sealed class GridKernelTests
{
    [Fact]
    public void Both_tridiagonal_solvers_and_the_band_satisfy_their_equations()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var random = new Random(seed);
            var n = random.Next(2, 60);
            var lower = Draw(random, n);
            var upper = Draw(random, n);
            var right = Draw(random, n);
            double[] diagonal = [.. Draw(random, n).Select(d => 2.5 + d)];
            double[] direct = [.. right];
            double[] factored = [.. right];
            double[] banded = [.. right];
            Tridiagonal.Solve(lower, [.. diagonal], upper, direct);
            double[] factors = [.. lower];
            double[] inverse = [.. diagonal];
            Tridiagonal.Factor(factors, inverse, upper);
            Tridiagonal.SolveFactored(factors, inverse, upper, factored);
            var band = Band(lower, diagonal, upper, random.Next(1, n));
            Assert.True(band.Factor());
            band.Solve(banded);

            for (var i = 0; i < n; i++)
            {
                var left =
                    (i > 0 ? lower[i] * direct[i - 1] : 0)
                    + (diagonal[i] * direct[i])
                    + (i < n - 1 ? upper[i] * direct[i + 1] : 0);
                Assert.True(Math.Abs(left - right[i]) < 1e-13, $"seed {seed}, row {i}");
                Assert.True(Math.Abs(factored[i] - direct[i]) < 1e-13, $"seed {seed}, row {i}");
                Assert.True(Math.Abs(banded[i] - direct[i]) < 1e-13, $"seed {seed}, row {i}");
            }
        }
    }

    [Fact]
    public void The_complementarity_solver_stays_above_its_floor_and_is_an_equation_where_it_is_free()
    {
        // The floor is shaped like a put payoff: it decreases from left to right, and the constraint is active on the
        // left.
        const int n = 40;
        var beside = new double[n];
        var diagonal = new double[n];
        var floor = new double[n];
        var x = new double[n];
        Array.Fill(beside, -1);
        for (var i = 0; i < n; i++)
        {
            diagonal[i] = 2.1;
            floor[i] = Math.Max(0, 1 - (0.05 * i));
            x[i] = 0.02 * floor[i];
        }

        double[] right = [.. x];
        Tridiagonal.SolveAboveFloor(beside, [.. diagonal], beside, x, floor);

        var bound = 0;
        for (var i = 0; i < n; i++)
        {
            var excess = (diagonal[i] * x[i]) - (i > 0 ? x[i - 1] : 0) - (i < n - 1 ? x[i + 1] : 0) - right[i];
            Assert.True(x[i] >= floor[i] && excess > -1e-12, $"row {i}: x {x[i]}, floor {floor[i]}, excess {excess}");
            Assert.True(x[i] == floor[i] || Math.Abs(excess) < 1e-12, $"row {i}: neither constraint is active");
            bound += x[i] == floor[i] ? 1 : 0;
        }

        Assert.InRange(bound, 2, n - 2);
    }

    [Fact]
    public void A_matrix_with_a_vanishing_pivot_is_not_factored()
    {
        var band = Band([0, 1, 1], [1, 1, 1], [1, 1, 1], 1);

        Assert.False(band.Factor());
    }

    [Fact]
    public void A_stencil_is_exact_for_polynomials_below_its_size_anywhere_on_an_uneven_grid()
    {
        double[] nodes = [-2, -1.1, -0.4, 0.1, 0.5, 1.3, 2.2, 3];
        double[] values = [.. nodes.Select(x => 1 + (2 * x) - (0.5 * x * x * x) + (0.1 * Math.Pow(x, 5)))];
        Span<double> weights = stackalloc double[18];
        foreach (var x in new[] { -2, -1.7, 0.1, 0.3, 2.9, 3 })
        {
            var stencil = new GridStencil(nodes, x, weights);

            Assert.Equal(1 + (2 * x) - (0.5 * x * x * x) + (0.1 * Math.Pow(x, 5)), stencil.Value(values), 1e-12);
            Assert.Equal(2 - (1.5 * x * x) + (0.5 * Math.Pow(x, 4)), stencil.Slope(values), 1e-11);
            Assert.Equal((-3 * x) + (2 * x * x * x), stencil.Curvature(values), 1e-10);
        }
    }

    [Fact]
    public void Chebyshev_weights_reproduce_polynomials_and_pick_nodes()
    {
        Span<double> weights = stackalloc double[7];
        foreach (var z in new[] { 0, 0.2, ChebyshevNodes.At(6, 3), 0.77, 1 })
        {
            ChebyshevNodes.Weights(6, z, weights);

            double sum = 0;
            for (var j = 0; j <= 6; j++)
                sum += weights[j] * Math.Pow(ChebyshevNodes.At(6, j), 6);

            Assert.Equal(Math.Pow(z, 6), sum, 1e-14);
        }
    }

    [Fact]
    public void A_graded_grid_covers_its_range_with_the_centre_on_a_node_and_the_barrier_on_the_last()
    {
        var spanning = GridLogSinh.Spanning(20, 100, 700, 0.15, 37);
        var ending = GridLogSinh.Ending(20, 100, 125, 0.15, 37);
        var prices = new double[38];
        var other = new double[38];

        spanning.Fill(prices, other, other, other);
        Assert.True(prices[0] <= 20 * (1 + 1e-12) && prices[^1] >= 700 * (1 - 1e-12));
        Assert.Equal(100, prices[spanning.Below]);
        Assert.Equal(prices.Order(), prices);
        Assert.Equal(spanning.Y(9), spanning.CoordinateOf(prices[9]), 1e-12);
        ending.Fill(prices, other, other, other);
        Assert.Equal(125, prices[^1], 1e-10);
        Assert.Equal(100, prices[ending.Below]);
    }

    private static double[] Draw(Random random, int n) =>
        [.. Enumerable.Range(0, n).Select(_ => (2 * random.NextDouble()) - 1)];

    private static GridBand Band(double[] lower, double[] diagonal, double[] upper, int width)
    {
        var band = new GridBand(diagonal.Length, width);
        for (var i = 0; i < diagonal.Length; i++)
        {
            band[i, i] = diagonal[i];
            if (i > 0)
                band[i, i - 1] = lower[i];

            if (i < diagonal.Length - 1)
                band[i, i + 1] = upper[i];
        }

        return band;
    }
}
