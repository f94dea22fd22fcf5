using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;

namespace Headrace.Apps.Benchop.Methods.Multilevel;

/// <summary>
/// The correction of one level for one or two assets that follow geometric Brownian motions, possibly with Merton
/// jumps: the discounted payoff with n Milstein steps minus the payoff with n/2 steps on the same Brownian path. A jump
/// multiplies the price at maturity by the same factor whenever it occurs, so all jumps are applied at maturity,
/// without discretisation error.
/// </summary>
internal sealed class LognormalLevel : IIntegrand
{
    private readonly LognormalTerms _terms;
    private readonly int _steps;
    private readonly bool _coarsest;
    private readonly BrownianBridge _bridge;
    private readonly double[] _normals;
    private readonly double[] _paths;
    private readonly double[] _firstPaths;
    private readonly double[] _fine;
    private readonly double[] _coarse;

    public LognormalLevel(LognormalTerms terms, int steps, bool coarsest)
    {
        _terms = terms;
        _steps = steps;
        _coarsest = coarsest;
        var times = new double[steps];
        for (var k = 0; k < steps; k++)
            times[k] = terms.Maturity * (k + 1) / steps;

        _bridge = new BrownianBridge(times);
        _normals = new double[steps * ReplicatedMean.Block];
        _paths = new double[steps * ReplicatedMean.Block];
        _firstPaths = new double[steps * ReplicatedMean.Block];
        _fine = new double[terms.Assets * ReplicatedMean.Block];
        _coarse = new double[terms.Assets * ReplicatedMean.Block];
    }

    // The first coordinates are stratified. They determine the jumps and the ends of the Brownian paths.
    public int Dimensions => _terms.JumpCoordinates + (_terms.Assets * _steps);

    public int Outputs => _terms.Points;

    public ReadOnlySpan<double> ControlMeans => [];

    public void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes)
    {
        if (_terms.JumpCoordinates > 0)
            _terms.ToJumpFactors(coordinates[..(2 * length)], length);

        NormalQuantile.Apply(coordinates[(_terms.JumpCoordinates * length)..]);
        for (var asset = 0; asset < _terms.Assets; asset++)
        {
            for (var k = 0; k < _steps; k++)
                coordinates
                    .Slice((_terms.JumpCoordinates + asset + (k * _terms.Assets)) * length, length)
                    .CopyTo(_normals.AsSpan(k * length));

            _bridge.Build(_normals, length, _paths);
            if (asset == 1)
                Correlate(length);
            else
                _paths.AsSpan().CopyTo(_firstPaths);

            Walk(length, asset, 1, _fine);
            if (!_coarsest)
                Walk(length, asset, 2, _coarse);
        }

        for (var i = 0; i < _terms.Points; i++)
            for (var path = 0; path < length; path++)
            {
                var jump = _terms.JumpCoordinates > 0 ? coordinates[path] : 1;
                var value = Payoff(i, _fine, path, jump);
                if (!_coarsest)
                    value -= Payoff(i, _coarse, path, jump);

                sums[i] += value;
                sizes[2 * i] += Math.Abs(value);
                sizes[(2 * i) + 1] += value * value;
            }
    }

    private double Payoff(int point, double[] factors, int path, double jump) =>
        _terms.Payoff(point, factors[path] * jump, _terms.Assets == 2 ? factors[ReplicatedMean.Block + path] : 1);

    private void Correlate(int length)
    {
        var (rho, rest) = (_terms.Correlation, Math.Sqrt(1 - (_terms.Correlation * _terms.Correlation)));
        for (var i = 0; i < length * _steps; i++)
            _paths[i] = (rho * _firstPaths[i]) + (rest * _paths[i]);
    }

    private void Walk(int length, int asset, int stride, double[] factors)
    {
        var volatility = asset == 0 ? _terms.Volatility : _terms.SecondVolatility;
        var row = factors.AsSpan(asset * ReplicatedMean.Block, length);
        row.Fill(1);
        var step = _terms.Maturity * stride / _steps;
        var constant = 1 + (_terms.Drift * step) - (0.5 * volatility * volatility * step);
        var before = default(ReadOnlySpan<double>);
        for (var k = stride - 1; k < _steps; k += stride)
        {
            var after = _paths.AsSpan(k * length, length);
            for (var path = 0; path < length; path++)
            {
                var move = volatility * (after[path] - (before.IsEmpty ? 0 : before[path]));
                row[path] *= constant + (move * (1 + (0.5 * move)));
            }

            before = after;
        }
    }
}
