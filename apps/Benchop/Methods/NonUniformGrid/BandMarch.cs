using System.Buffers;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// Integrates W' = A W + b with a constant matrix, without operator splitting: one elimination, followed by the solves
/// of the fourth-order scheme.
/// </summary>
internal static class BandMarch
{
    /// <summary>
    /// Overwrites the matrix. Returns null on success; otherwise, returns the reason for the failure.
    /// </summary>
    /// <param name="source">The vector b; empty if there is none.</param>
    public static string? March(
        GridBand matrix,
        ReadOnlySpan<double> source,
        double duration,
        int steps,
        Span<double> w
    )
    {
        var n = w.Length;
        var dt = duration / steps;
        var length = DirkScheme.Diagonal * dt;
        matrix.Shift(length);
        if (!matrix.Factor())
            return "The linear system of an implicit time step cannot be solved reliably at this resolution. Increase "
                + "or decrease the work parameter.";

        var rented = ArrayPool<double>.Shared.Rent((DirkScheme.Stages + 1) * n);
        var stage = rented.AsSpan(0, n);
        var solved = rented.AsSpan(n, n);
        for (var step = 0; step < steps; step++)
        {
            Cancellation.Check();
            for (var i = 0; i < DirkScheme.Stages; i++)
            {
                w.CopyTo(stage);
                for (var k = 0; k < i; k++)
                {
                    var weight = DirkScheme.Weights[DirkScheme.RowOf(i) + k];
                    ReadOnlySpan<double> increment = rented.AsSpan((k + 2) * n, n);
                    for (var j = 0; j < n; j++)
                        stage[j] += weight * increment[j];
                }

                stage.CopyTo(solved);
                for (var j = 0; j < source.Length; j++)
                    solved[j] += length * source[j];

                matrix.Solve(solved);
                if (i == DirkScheme.Stages - 1)
                {
                    solved.CopyTo(w);
                    break;
                }

                var gained = rented.AsSpan((i + 2) * n, n);
                for (var j = 0; j < n; j++)
                    gained[j] = solved[j] - stage[j];
            }
        }

        ArrayPool<double>.Shared.Return(rented);
        return null;
    }
}
