using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.MonteCarlo;

/// <summary>
/// Prices a call under local volatility, for one spot price, by Milstein steps of the log-price (G. N. Milstein 1975,
/// Theory Probab. Appl. 19, 557-562). The weak error is of first order in the step, so each path is also simulated with
/// half as many steps, and the payoff is extrapolated. The control variate is the same option under a constant
/// volatility, on the same Brownian path.
/// </summary>
/// <remarks>
/// The paths price either the call or the put, and the other option follows from put-call parity. The option that is
/// out of the money has the smaller variance, so it is chosen unless very few of its paths would pay off.
/// </remarks>
internal sealed class LocalVolatilityPaths : IIntegrand
{
    // With a quarter as many nodes, linear interpolation raises the prices of problem 3, set II, by up to 1.5e-3.
    private const int Nodes = 4096;

    private readonly int _steps;
    private readonly double[] _times;
    private readonly BrownianBridge _bridge;
    private readonly double[] _table;
    private readonly double[] _coarseTable;
    private readonly double _low;
    private readonly double _perNode;
    private readonly double _logForward;
    private readonly double _controlVolatility;
    private readonly double[] _controlMean;
    private readonly double[] _paths;
    private readonly double[] _fine = new double[ReplicatedMean.Block];
    private readonly double[] _coarse = new double[ReplicatedMean.Block];

    public LocalVolatilityPaths(EuropeanCall call, LocalVolatility model, double spot, double reach, int steps)
    {
        _steps = steps;
        _times = new double[steps];
        for (var k = 1; k <= steps; k++)
            _times[k - 1] = call.Maturity * k / steps;

        _bridge = new BrownianBridge(_times);
        _paths = new double[steps * ReplicatedMean.Block];

        // Prices are measured in units of the discounted strike; x = ln(discounted S / discounted K).
        _logForward = Math.Log(spot / call.Strike) + (model.Rate * call.Maturity);
        IsPut = (_logForward > 0 && _logForward < reach) || reach > 1;
        _low = -6 * reach;
        _perNode = (Nodes - 1) / (12 * reach);
        _table = Table(call, model, spot, 1);
        _coarseTable = Table(call, model, spot, 2);
        _controlVolatility = Math.Sqrt(model.Variance(spot, Math.Sqrt(spot * call.Strike), 0.5 * call.Maturity));
        var deviation = _controlVolatility * Math.Sqrt(call.Maturity);
        _controlMean =
        [
            IsPut ? Black.Call(1, Math.Exp(_logForward), deviation) : Black.Call(Math.Exp(_logForward), 1, deviation),
        ];
    }

    /// <summary>
    /// Whether the output is the price of the put; otherwise, it is the price of the call. The unit is the discounted
    /// strike.
    /// </summary>
    public bool IsPut { get; }

    public int Dimensions => _steps;

    public int Outputs => 1;

    public ReadOnlySpan<double> ControlMeans => _controlMean;

    public void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes)
    {
        NormalQuantile.Apply(coordinates);
        var paths = _paths.AsSpan(0, length * _steps);
        _bridge.Build(coordinates, length, paths);
        Walk(paths, length, _table, 1, _fine);
        Walk(paths, length, _coarseTable, 2, _coarse);
        var sign = IsPut ? -1.0 : 1.0;
        var last = paths[((_steps - 1) * length)..];
        for (var path = 0; path < length; path++)
        {
            var flat = (_controlVolatility * last[path]) - (0.5 * _controlVolatility * _controlVolatility * _times[^1]);
            var value = (2 * Payoff(_fine[path], sign)) - Payoff(_coarse[path], sign);
            sums[0] += value;
            sums[1] += Payoff(flat, sign);
            sizes[0] += Math.Abs(value);
            sizes[1] += value * value;
        }
    }

    private double Payoff(double move, double sign) => Math.Max(0, sign * (Math.Exp(_logForward + move) - 1));

    // All paths take a step before any path takes the next one. The processor can overlap the steps of different paths,
    // but each step of a single path needs the result of the step before.
    private void Walk(ReadOnlySpan<double> paths, int length, double[] table, int stride, Span<double> x)
    {
        x = x[..length];
        x.Clear();
        var before = default(ReadOnlySpan<double>);
        double time = 0;
        for (var k = stride - 1; k < _steps; k += stride)
        {
            var row = table.AsSpan(k / stride * Nodes, Nodes);
            var after = paths.Slice(k * length, length);
            var step = _times[k] - time;
            for (var path = 0; path < x.Length; path++)
            {
                var place = Math.Min(Math.Max((x[path] - _low) * _perNode, 0), Nodes - 1.000001);
                var node = (int)place;
                var rise = row[node + 1] - row[node];
                var volatility = Math.FusedMultiplyAdd(place - node, rise, row[node]);
                var move = after[path] - (before.IsEmpty ? 0 : before[path]);
                var curve = rise * _perNode * ((move * move) - step);
                x[path] += volatility * (move + (0.5 * (curve - (volatility * step))));
            }

            before = after;
            time = _times[k];
        }
    }

    /// <summary>
    /// Returns the volatility in the middle of each step, as a function of the logarithm of the ratio of the price to
    /// the forward price.
    /// </summary>
    private double[] Table(EuropeanCall call, LocalVolatility model, double spot, int stride)
    {
        var table = new double[_steps / stride * Nodes];
        for (var k = 0; k < _steps / stride; k++)
        {
            var start = k == 0 ? 0 : _times[(k * stride) - 1];
            var middle = 0.5 * (start + _times[((k + 1) * stride) - 1]);
            for (var node = 0; node < Nodes; node++)
            {
                var x = _low + (node / _perNode);
                var price = spot * Math.Exp(x + (model.Rate * middle));
                table[(k * Nodes) + node] = Math.Sqrt(Math.Max(0, model.Variance(spot, price, middle)));
            }
        }

        return table;
    }
}
