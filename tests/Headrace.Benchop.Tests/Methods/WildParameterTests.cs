using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;
using Xunit;

namespace Headrace.Benchop.Tests.Methods;

/// <summary>
/// Tests that no method silently returns a wrong value: every problem in the allowed range is either priced or rejected
/// with a reason. If a method chooses its own work parameter, two of its runs agree to 1e-4, which bounds the error as
/// long as the stated order of convergence holds. The tests allow ten times the method's target, because the order does
/// not always hold.
/// </summary>
public sealed class WildParameterTests
{
    private const double Tolerance = 1e-3;

    /// <summary>Prices below this fraction of the strike are treated as if they were this large.</summary>
    private const double Floor = 1e-5;

    private const int ReferenceDigits = 6;

    [Trait("Speed", "Slow")]
    [Theory]
    [InlineData("1a", 12)]
    [InlineData("1a-delta", 12)]
    [InlineData("1a-gamma", 8)]
    [InlineData("1a-vega", 8)]
    [InlineData("1b", 8)]
    [InlineData("1c", 12)]
    [InlineData("2a", 12)]
    [InlineData("2b", 12)]
    [InlineData("3-I", 4)]
    [InlineData("3-II", 3)]
    [InlineData("4", 10)]
    [InlineData("5", 12)]
    [InlineData("6", 10)]
    public void Extreme_numbers_are_priced_to_a_thousandth_or_refused(string id, int seeds)
    {
        // The sampling methods take up to a minute to price such a problem. SamplingMethodTests draws problems for
        // them.
        var answered = Answers(id, seeds, method => method is not ISamplingMethod && !IsCollocation(method));

        // A method that rejects every problem would pass the checks above.
        Assert.True(answered >= seeds, $"{answered} answers");
    }

    // The collocation methods take many seconds to find the work that such a problem needs, so only a few problems are
    // drawn.
    [Trait("Speed", "Slow")]
    [Theory]
    [InlineData("1a", 8)]
    [InlineData("1a-delta", 6)]
    [InlineData("1c", 4)]
    [InlineData("2a", 6)]
    [InlineData("2b", 6)]
    [InlineData("3-I", 12)]
    [InlineData("4", 12)]
    [InlineData("6", 8)]
    public void Extreme_numbers_are_priced_to_a_thousandth_or_refused_by_collocation(string id, int seeds) =>
        Assert.True(Answers(id, seeds, IsCollocation) > 0);

    private static bool IsCollocation(IPricingMethod method) =>
        method.Card.Name is "fdad" or "rbf" or "rbfad" or "rbffd" or "rbflsml" or "rbfpum";

    private static int Answers(string id, int seeds, Predicate<IPricingMethod> isIncluded)
    {
        var answered = 0;
        for (var seed = 1; seed <= seeds; seed++)
        {
            var problem = new Wild(seed).Problem(id);
            answered += MethodCatalogue
                .All.Where(method => isIncluded(method) && method.WhyNot(problem) is null)
                .Count(method => IsAnswered(method, problem, $"seed {seed}"));
        }
        return answered;
    }

    // In each of these cases, a method once silently returned a value that was wrong by at least 0.1 %. In the first
    // case, it returned a Vega of 300 even though the true value is negligible.
    [Theory]
    [InlineData("cos", "1a-vega", "S=104.6:120.5:160.1,sigma=0.0076,T=29.84,r=-0.02676")]
    [InlineData("cos", "1c", "S=234.6:241.7:759.7,sigma=0.0456,T=29.59,r=-0.08212,B=805.8")]
    [InlineData(
        "cos",
        "4",
        "S=88.02:118.9:175.4,T=2.831,r=-0.03282,V0=0.005249,kappa=0.8577,theta=0.001369,sigma=2.355,rho=0.08491"
    )]
    [InlineData(
        "cos",
        "4",
        "S=92.84:96.99:134.6,T=0.3335,r=0.1507,V0=0.004909,kappa=0.09487,theta=0.001517,sigma=2.221,rho=-0.1274"
    )]
    [InlineData(
        "fft",
        "4",
        "S=55.46:92.33:119,T=12.02,r=-0.0885,V0=0.003609,kappa=0.07903,theta=0.1345,sigma=0.6649,rho=0.8198"
    )]
    [InlineData(
        "fgl",
        "4",
        "S=55.46:92.33:119,T=12.02,r=-0.0885,V0=0.003609,kappa=0.07903,theta=0.1345,sigma=0.6649,rho=0.8198"
    )]
    [InlineData("fft", "5", "S=58:91.34:191.8,T=28.62,r=0.1748,sigma=0.01418,lambda=1.615,gamma=0.5643,delta=0.9414")]
    [InlineData("fft", "5", "S=88.8:108.9:183,T=1.457,r=0.08243,sigma=0.06577,lambda=6.006,gamma=0.01377,delta=1.205")]
    [InlineData("fd", "2a", "S=25.97:84.84:94.49,T=0.6668,r=0.7341,sigma=1.148,D=0.4538,alpha=0.3322")]
    [InlineData("fdnu", "2b", "S=0.001,T=50.43,r=0.1742,sigma=1.396,D=0.3986,alpha=0.2468")]
    [InlineData("fd", "1b", "S=83.44:2.07:1.382,sigma=0.2804,T=22.95,r=0.07278")]
    [InlineData("fdnu", "1b", "S=4701:1.1:669,sigma=0.587,T=25.45,r=0.2214")]
    [InlineData("cos", "1b", "S=99.46:98.19:97.87,sigma=0.0131,T=0.4375,r=0.1945")]
    [InlineData("fd", "1c", "S=75.5:117.9:81.2,sigma=0.03986,T=8.98,r=0.0775,B=313.8")]
    [InlineData("fdnu", "1c", "S=32.6:0.45:14.1,sigma=0.703,T=6.23,r=0.0284,B=102.68")]
    [InlineData("fgl", "2b", "S=93.5:109.3:89,sigma=0.0572,T=0.538,r=0.0417,D=0.461,alpha=0.494")]
    [InlineData("fdnu", "3-I", "sigma=0.4,T=4")]
    [InlineData("fdnu", "3-I", "S=89.34:86.11:124.3,T=10.61,r=0.04795,sigma=0.1247,level=38.42")]
    [InlineData("cos", "3-I", "S=70:105:174,T=15.9,r=0.125,sigma=0.456,level=66.8")]
    [InlineData("fd", "3-II", "S=66.99:107.4:137.4,T=0.6395,r=-0.005701")]
    [InlineData(
        "fdnu",
        "4",
        "S=91.59:109.6:164.1,T=0.2094,r=0.01884,V0=0.001613,kappa=0.05095,theta=0.9104,sigma=0.0613,rho=-0.6327"
    )]
    [InlineData(
        "adi",
        "4",
        "S=54.25:100.5:195.2,T=24.67,r=0.02894,V0=0.0306,kappa=0.07437,theta=0.01768,sigma=2.348,rho=-0.8408"
    )]
    [InlineData("cos", "5", "S=76.7:95.2:193,T=0.1175,r=0.0379,sigma=0.0109,lambda=0.01315,gamma=-0.4916,delta=0.647")]
    [InlineData(
        "fdnu",
        "5",
        "S=63.22:114.4:154.4,T=2.906,r=-0.08749,sigma=0.1161,lambda=1.502,gamma=-0.5522,delta=1.42"
    )]
    [InlineData("adi", "6", "S1=112.2:91.38:63.9,S2=100,T=1.777,r=0.1353,sigma1=0.02262,sigma2=0.08166,rho=-0.3437")]
    [InlineData("cos", "6", "S1=130.1:86.12:63.09,S2=100,T=4.751,r=-0.01026,sigma1=0.9176,sigma2=0.9073,rho=0.1307")]
    public void Numbers_that_were_once_priced_wrongly_are_right_or_refused(string name, string id, string settings)
    {
        var problem = ProblemCatalogue.Resolve(id, settings);
        Assert.Empty(problem.Faults);

        IsAnswered(MethodCatalogue.Find(name)!, problem.Problem!, settings);
    }

    private static bool IsAnswered(IPricingMethod method, Problem problem, string source)
    {
        var answer = PricingRun.Price(method, problem);
        if (answer.Refusal is { } reason)
        {
            Assert.Empty(answer.Values);
            Assert.True(reason.Length > 20, reason);
            return false;
        }

        var reference = ReferencePrices.Of(problem);
        if (reference.Digits < ReferenceDigits)
            return true;

        // Ten times the target of the method.
        var tolerance = method is ISamplingMethod ? 10 * method.Plan(problem).Target : Tolerance;
        var scale = problem.Quantity switch
        {
            Quantity.Delta => 1,
            Quantity.Gamma => 0.01,
            _ => 100,
        };
        for (var i = 0; i < reference.Values.Count; i++)
        {
            var error =
                Math.Abs(answer.Values[i] - reference.Values[i])
                / Math.Max(Math.Abs(reference.Values[i]), Floor * scale);
            Assert.True(
                error <= tolerance,
                $"{source}: {method.Card.Name}: error {error:E1} at point {i + 1} ({answer.Values[i]:R} against "
                    + $"{reference.Values[i]:R}), work {answer.Work}, {problem.Key}"
            );
        }

        return true;
    }
}
