using System.Runtime.Intrinsics;

namespace Headrace.Apps.Benchop.Numerics.Sampling;

/// <summary>
/// Builds Brownian paths at increasing times from independent normal numbers: the first one determines the end of the
/// path, the second one its middle, and so on. The first coordinates of a point thus carry most of the variance (B.
/// Moskowitz and R. E. Caflisch 1996, Math. Comput. Modelling 23, 37-54).
/// </summary>
internal sealed class BrownianBridge
{
    private readonly int _steps;
    private readonly (int Point, int Left, int Right, double LeftWeight, double RightWeight, double Deviation)[] _plan;

    /// <param name="times">
    /// The times, which are positive and increasing. Every path starts with the value 0 at time 0.
    /// </param>
    public BrownianBridge(ReadOnlySpan<double> times)
    {
        _steps = times.Length;
        _plan = new (int, int, int, double, double, double)[_steps];
        _plan[0] = (_steps - 1, -1, -1, 0, 0, Math.Sqrt(times[^1]));
        var next = 1;
        var gaps = new Queue<(int Left, int Right)>([(-1, _steps - 1)]);
        while (gaps.TryDequeue(out var gap))
        {
            if (gap.Right - gap.Left < 2)
                continue;

            var middle = (gap.Left + gap.Right) / 2;
            var left = gap.Left < 0 ? 0 : times[gap.Left];
            var (span, before, after) = (
                times[gap.Right] - left,
                times[middle] - left,
                times[gap.Right] - times[middle]
            );
            _plan[next++] = (
                middle,
                gap.Left,
                gap.Right,
                after / span,
                before / span,
                Math.Sqrt(before * after / span)
            );
            gaps.Enqueue((gap.Left, middle));
            gaps.Enqueue((middle, gap.Right));
        }
    }

    /// <summary>
    /// Writes the values of <paramref name="count"/> paths, ordered by time: the values of all paths at the first time
    /// come first. The number of paths must be a multiple of four.
    /// </summary>
    public void Build(ReadOnlySpan<double> normals, int count, Span<double> paths)
    {
        for (var i = 0; i < _steps; i++)
        {
            var (point, left, right, leftWeight, rightWeight, deviation) = _plan[i];
            var source = normals.Slice(i * count, count);
            var target = paths.Slice(point * count, count);
            for (var p = 0; p < count; p += Lanes.Count)
            {
                var value = Vector256.Create(deviation) * Vector256.Create(source.Slice(p, Lanes.Count));
                if (left >= 0)
                    value +=
                        Vector256.Create(leftWeight) * Vector256.Create(paths.Slice((left * count) + p, Lanes.Count));

                if (right >= 0)
                    value +=
                        Vector256.Create(rightWeight) * Vector256.Create(paths.Slice((right * count) + p, Lanes.Count));

                value.CopyTo(target[p..]);
            }
        }
    }
}
