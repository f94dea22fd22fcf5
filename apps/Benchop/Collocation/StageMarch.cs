using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// The bookkeeping of the stages of <see cref="DirkScheme"/> for a vector of values: the right-hand side of each stage,
/// and the increments that later stages combine.
/// </summary>
internal sealed class StageMarch(int size)
{
    public const int Stages = DirkScheme.Stages;

    /// <summary>The length of a stage's implicit solve, in units of the step.</summary>
    public const double Diagonal = DirkScheme.Diagonal;

    private readonly double[] _right = new double[size];
    private readonly double[] _stage = new double[size];
    private readonly double[] _increments = new double[(DirkScheme.Stages - 1) * size];

    /// <summary>The time of a stage, in units of the step.</summary>
    public static double Time(int stage) => DirkScheme.Times[stage];

    /// <summary>Returns the right-hand side of a stage, which the caller replaces with the solution.</summary>
    public Span<double> Begin(int stage, double[] values)
    {
        Cancellation.Check();
        values.CopyTo(_right, 0);
        for (var k = 0; k < stage; k++)
        {
            var weight = DirkScheme.Weights[DirkScheme.RowOf(stage) + k];
            ReadOnlySpan<double> increment = _increments.AsSpan(k * size, size);
            for (var j = 0; j < size; j++)
                _right[j] += weight * increment[j];
        }

        _right.CopyTo(_stage, 0);
        return _stage;
    }

    /// <summary>Stores the increment of a stage. The solution of the last stage becomes the new value.</summary>
    public void End(int stage, double[] values)
    {
        if (stage == DirkScheme.Stages - 1)
        {
            _stage.CopyTo(values, 0);
            return;
        }

        for (var j = 0; j < size; j++)
            _increments[(stage * size) + j] = _stage[j] - _right[j];
    }
}
