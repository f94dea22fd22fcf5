using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Problems;

/// <summary>
/// The problems of von Sydow et al., "BENCHOP - The BENCHmarking project in option pricing", Int. J. Comput. Math. 92
/// (2015) 2361-2379, with their published parameters. Set I is the standard one; set II is hard because sigma sqrt(T)
/// is only half a percent. The problem slv-heston is from the sequel of 2018,
/// "BENCHOP-SLV: the BENCHmarking project in option pricing - stochastic and local volatility problems".
/// </summary>
internal static class BenchopProblems
{
    private static readonly double[] StandardSpots = [90, 100, 110];
    private static readonly double[] HardSpots = [97, 98, 99];

    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        .. BlackScholesSets("1a", "European call", Quantity.Price, Call),
        .. BlackScholesSets("1a-delta", "Delta of a European call", Quantity.Delta, Call),
        .. BlackScholesSets("1a-gamma", "Gamma of a European call", Quantity.Gamma, Call),
        .. BlackScholesSets("1a-vega", "Vega of a European call", Quantity.Vega, Call),
        .. BlackScholesSets("1b", "American put", Quantity.Price, (s, t) => new AmericanPut(s["K"], t)),
        .. BlackScholesSets(
            "1c",
            "Up-and-out call",
            Quantity.Price,
            (s, t) => new UpAndOutCall(s["K"], s["B"], t),
            Barrier
        ),
        OneAsset(
            "2a",
            "European call, one proportional dividend",
            [Strike, Maturity(0.5), Rate(0.03), Volatility(0.15), Dividend, Fraction],
            s => (Call(s, s["T"]), Dividends(s))
        ),
        OneAsset(
            "2b",
            "American call, one proportional dividend",
            [Strike, Maturity(0.5), RateAboveZero, Volatility(0.15), Dividend, Fraction],
            s => (new AmericanCall(s["K"], s["T"]), Dividends(s))
        ),
        OneAsset(
            "3-I",
            "European call, smooth local volatility",
            [Strike, Maturity(1), Rate(0.03), Volatility(0.15), Level],
            s => (Call(s, s["T"]), new SmoothLocalVolatility(s["r"], s["sigma"], s["level"]))
        ),
        OneAsset(
            "3-II",
            "European call, local volatility from an implied surface",
            [Strike, Maturity(0.5) with { Max = ImpliedVariance.MaxMaturity }, Rate(0.03)],
            s => (Call(s, s["T"]), new ImpliedLocalVolatility(s["r"]))
        ),
        OneAsset(
            "4",
            "European call, Heston",
            [Strike, Maturity(1), Rate(0.03), InitialVariance, Reversion, LongVariance, VolOfVol, Correlation(-0.5)],
            s => (Call(s, s["T"]), new Heston(s["r"], s["V0"], s["kappa"], s["theta"], s["sigma"], s["rho"]))
        ),
        new(
            "slv-heston",
            "European call, Heston with Feller's condition violated (BENCHOP-SLV)",
            Quantity.Price,
            [
                Strike,
                Maturity(1),
                Rate(0),
                InitialVariance with
                {
                    Default = 0.114,
                },
                Reversion with
                {
                    Default = 2.58,
                },
                LongVariance with
                {
                    Default = 0.043,
                },
                VolOfVol with
                {
                    Default = 1,
                },
                Correlation(-0.36),
            ],
            [75, 100, 125],
            [],
            s => (Call(s, s["T"]), new Heston(s["r"], s["V0"], s["kappa"], s["theta"], s["sigma"], s["rho"]))
        ),
        OneAsset(
            "5",
            "European call, Merton jumps",
            [Strike, Maturity(1), Rate(0.03), Volatility(0.15), Intensity, JumpMean, JumpDeviation],
            s => (Call(s, s["T"]), new Merton(s["r"], s["sigma"], s["lambda"], s["gamma"], s["delta"]))
        ),
        new(
            "6",
            "European spread call on two assets",
            Quantity.Price,
            [
                Maturity(1),
                Rate(0.03),
                Volatility(0.15) with
                {
                    Name = "sigma1",
                },
                Volatility(0.15) with
                {
                    Name = "sigma2",
                },
                Correlation(0.5),
            ],
            [100, 100, 100, 90, 110],
            [90, 100, 110, 100, 100],
            s => (new SpreadCall(s["T"]), new TwoAssetBlackScholes(s["r"], s["sigma1"], s["sigma2"], s["rho"]))
        ),
    ];

    private static Setting Strike => new("K", 100, 0, true, 1e9, "the strike, in currency");

    private static Setting Barrier => new("B", 125, 0, true, 1e9, "the knock-out barrier, in currency");

    private static Setting Dividend => new("D", 0.03, 0, false, 0.99, "the dividend as a fraction of the spot");

    private static Setting Fraction =>
        new("alpha", 0.8, 0.001, false, 0.999, "the dividend date as a fraction of the maturity");

    private static Setting Level =>
        new("level", 100, 0, true, 1e9, "the spot that scales the volatility surface, in currency");

    private static Setting InitialVariance => new("V0", 0.0225, 0, true, 25, "today's variance per year");

    private static Setting Reversion => new("kappa", 2, 0, true, 100, "the speed of mean reversion per year");

    private static Setting LongVariance => new("theta", 0.0225, 0, true, 25, "the long-run variance per year");

    private static Setting VolOfVol => new("sigma", 0.25, 0, true, 10, "the volatility of the variance per year");

    private static Setting Intensity => new("lambda", 0.4, 0, false, 100, "the expected number of jumps per year");

    private static Setting JumpMean => new("gamma", -0.5, -5, false, 5, "the mean of a log-jump");

    private static Setting JumpDeviation => new("delta", 0.4, 0, false, 3, "the standard deviation of a log-jump");

    // The most likely mistake is to enter a rate or volatility in percent (3 for 3 %), so the ranges end well below
    // such values.
    private static Setting Rate(double value) =>
        new("r", value, -1, false, 1, "the rate per year as a fraction (0.03 is 3 %)");

    // With a negative rate, a call may be worth exercising at any time, not only right before the dividend.
    private static Setting RateAboveZero => Rate(0.03) with { Min = 0 };

    private static Setting Volatility(double value) =>
        new("sigma", value, 0, true, 3, "the volatility per year as a fraction (0.15 is 15 %)");

    private static Setting Maturity(double value) => new("T", value, 0, true, 100, "the time to maturity in years");

    private static Setting Correlation(double value) => new("rho", value, -1, false, 1, "a correlation");

    private static EuropeanCall Call(IReadOnlyDictionary<string, double> s, double maturity) => new(s["K"], maturity);

    private static DividendBlackScholes Dividends(IReadOnlyDictionary<string, double> s) =>
        new(s["r"], s["sigma"], s["D"], s["alpha"]);

    private static IEnumerable<ProblemDefinition> BlackScholesSets(
        string id,
        string title,
        Quantity quantity,
        Func<IReadOnlyDictionary<string, double>, double, Contract> contract,
        params Setting[] more
    )
    {
        yield return Set("I", StandardSpots, [Strike, .. more, Maturity(1), Rate(0.03), Volatility(0.15)]);
        yield return Set("II", HardSpots, [Strike, .. more, Maturity(0.25), Rate(0.10), Volatility(0.01)]);

        ProblemDefinition Set(string set, double[] spots, Setting[] settings) =>
            new(
                $"{id}-{set}",
                title,
                quantity,
                settings,
                spots,
                [],
                s => (contract(s, s["T"]), new BlackScholes(s["r"], s["sigma"]))
            );
    }

    private static ProblemDefinition OneAsset(
        string id,
        string title,
        Setting[] settings,
        Func<IReadOnlyDictionary<string, double>, (Contract Contract, Model Model)> build
    ) => new(id, title, Quantity.Price, settings, StandardSpots, [], build);
}
