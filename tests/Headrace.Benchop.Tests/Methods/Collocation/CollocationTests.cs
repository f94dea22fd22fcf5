using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Xunit;

namespace Headrace.Benchop.Tests.Methods.Collocation;

/// <summary>
/// Tests the families of methods that share the formulation of the problems and differ only in their discretisation:
/// adaptive finite differences and the five methods with radial basis functions.
/// </summary>
public sealed class CollocationTests
{
    private const string Families = "fdad rbffd rbfpum rbf rbflsml rbfad";

    /// <summary>
    /// The methods, each with the problems that it prices. The global method rejects 1b with almost all parameters,
    /// because its error there exceeds the target.
    /// </summary>
    public static TheoryData<string, string> RandomCases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var name in Families.Split(' '))
                foreach (var id in "1a 1a-delta 1a-gamma 1a-vega 1b 1c 2a 2b".Split(' '))
                    if (
                        (name, id) is not ("rbf", "1b")
                        && MethodCatalogue.Find(name)!.WhyNot(ProblemCatalogue.Default(id)) is null
                    )
                        data.Add(name, id);
            return data;
        }
    }

    public static TheoryData<string> Names => [.. Families.Split(' ')];

    [Theory]
    [InlineData("fdad", "1a-I", 1.7, 60, 240)]
    [InlineData("fdad", "1b-I", 1.6, 80, 320)]
    [InlineData("fdad", "2b", 1.7, 60, 240)]
    [InlineData("fdad", "3-I", 1.7, 60, 240)]
    [InlineData("fdad", "6", 1.7, 60, 120)]
    [InlineData("rbffd", "1a-I", 3.5, 24, 48)]
    [InlineData("rbffd", "1b-I", 1.7, 80, 320)]
    [InlineData("rbffd", "1c-I", 3.5, 24, 48)]
    [InlineData("rbffd", "2b", 3.3, 24, 48)]
    [InlineData("rbffd", "3-I", 3.5, 24, 48)]
    [InlineData("rbffd", "6", 2.4, 24, 48)]
    [InlineData("rbfpum", "1a-I", 3.5, 24, 48)]
    [InlineData("rbfpum", "1b-I", 1.7, 80, 320)]
    [InlineData("rbfpum", "1c-I", 3.5, 24, 48)]
    [InlineData("rbfpum", "2b", 3.3, 24, 48)]
    [InlineData("rbfpum", "3-I", 3.5, 24, 48)]
    [InlineData("rbfpum", "4", 3, 24, 48)]
    [InlineData("rbfpum", "6", 2.4, 24, 48)]
    [InlineData("rbf", "1a-I", 3.5, 24, 48)]
    [InlineData("rbf", "6", 2.4, 24, 48)]
    [InlineData("rbflsml", "1a-I", 3.5, 24, 48)]
    [InlineData("rbflsml", "1c-I", 3.5, 24, 48)]
    [InlineData("rbfad", "1a-I", 3.5, 24, 48)]
    [InlineData("rbfad", "1b-I", 1.7, 80, 320)]
    public void The_error_decreases_at_the_stated_order(string name, string id, double least, params int[] works)
    {
        var order = MethodProbe.Order(name, id, works);

        Assert.True(order > least, $"{name} on {id}: order {order:F2}");
    }

    [Trait("Speed", "Slow")]
    [Theory]
    [MemberData(nameof(RandomCases))]
    public void Random_parameters_stay_near_the_reference_or_are_refused(string name, string id)
    {
        const int Seeds = 8;
        var priced = 0;
        for (var seed = 1; seed <= Seeds; seed++)
            priced += MethodProbe.Meets(name, new Draw(seed).BlackScholes(id), 3e-4, null, $"seed {seed}") ? 1 : 0;

        Assert.True(priced >= Seeds / 2, $"only {priced} of {Seeds} were priced");
    }

    [Trait("Speed", "Slow")]
    [Theory]
    [InlineData("fdad")]
    [InlineData("rbffd")]
    [InlineData("rbfpum")]
    [InlineData("rbf")]
    [InlineData("rbflsml")]
    public void Random_surfaces_stay_near_the_reference_or_are_refused(string name)
    {
        var priced = 0;
        for (var seed = 1; seed <= 3; seed++)
        {
            priced += MethodProbe.Meets(name, new Draw(seed).SmoothLocalVolatility(), 3e-4, null, $"seed {seed}")
                ? 1
                : 0;
            priced += MethodProbe.Meets(name, new Draw(seed).ImpliedLocalVolatility(), 3e-4, null, $"seed {seed}")
                ? 1
                : 0;
        }

        Assert.True(priced >= 4, $"only {priced} of 6 were priced");
    }

    [Trait("Speed", "Slow")]
    [Theory]
    [InlineData("fdad")]
    [InlineData("rbffd")]
    [InlineData("rbfpum")]
    [InlineData("rbf")]
    public void Random_spreads_stay_near_the_reference_or_are_refused(string name)
    {
        const int Seeds = 6;
        var priced = 0;
        for (var seed = 1; seed <= Seeds; seed++)
            priced += MethodProbe.Meets(name, new Draw(seed).Spread(), 3e-4, null, $"seed {seed}") ? 1 : 0;

        Assert.True(priced >= Seeds / 2, $"only {priced} of {Seeds} were priced");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_barrier_far_away_leaves_the_European_call(string name)
    {
        var closed = MethodProbe.Prices("closed", "1a");

        var far = MethodProbe.Prices(name, "1c", "B=100000");

        for (var i = 0; i < closed.Length; i++)
            Assert.Equal(closed[i], far[i], 1e-4 * closed[i]);
    }

    [Theory]
    [InlineData("fdad")]
    [InlineData("rbffd")]
    [InlineData("rbfpum")]
    [InlineData("rbf")]
    [InlineData("rbflsml")]
    public void A_dividend_of_zero_leaves_the_European_call(string name)
    {
        var european = MethodProbe.Prices("closed", "1a", "T=0.5");

        var american = MethodProbe.Prices(name, "2b", "D=0");

        for (var i = 0; i < european.Length; i++)
            Assert.Equal(european[i], american[i], 1e-4 * european[i]);
    }

    [Theory]
    [InlineData("fdad")]
    [InlineData("rbffd")]
    [InlineData("rbfpum")]
    [InlineData("rbfad")]
    public void A_negative_rate_makes_a_put_European(string name)
    {
        var calls = MethodProbe.Prices("closed", "1a", "r=-0.03");

        var puts = MethodProbe.Prices(name, "1b", "r=-0.03");

        for (var i = 0; i < calls.Length; i++)
        {
            var european = calls[i] - (90 + (10 * i)) + (100 * Math.Exp(0.03));
            Assert.Equal(european, puts[i], 2e-4 * european);
        }
    }

    [Theory]
    [InlineData("fdad")]
    [InlineData("rbffd")]
    [InlineData("rbfpum")]
    [InlineData("rbf")]
    [InlineData("rbfad")]
    public void Puts_below_the_boundary_are_exactly_their_exercise_value(string name)
    {
        Assert.Equal([97, 50, 30], MethodProbe.Prices(name, "1b", "S=3:50:70"));
        Assert.Equal([3, 2, 1], MethodProbe.Prices(name, "1b-II"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_the_nodes_cannot_resolve_is_refused_with_the_value_and_a_remedy(string name)
    {
        Refuses("1a", "sigma=3,T=9", "9", "closed form");
        Refuses("1a", "sigma=1e-9", "1E-09", "closed form");
        Refuses("1a", "S=30", "standard deviations below", "closed form");
        Refuses("1c", "S=99,sigma=0.01,r=0.5,B=102", "drift", "closed form");
        if (MethodCatalogue.Find(name)!.WhyNot(ProblemCatalogue.Default("1b")) is null)
            Refuses("1b", "sigma=0.01,r=0.0001,S=150", "standard deviations from the strike", "alo");

        void Refuses(string id, string settings, params string[] parts)
        {
            var answer = MethodProbe.Answer(name, id, settings);
            Assert.Empty(answer.Values);
            Assert.All(parts, part => Assert.Contains(part, answer.Refusal, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_put_on_which_two_runs_disagree_has_no_price_and_an_error_within_one_percent_on_request()
    {
        Assert.Contains("relative difference", MethodProbe.Answer("rbf", "1b").Refusal, StringComparison.Ordinal);
        Assert.InRange(MethodProbe.Error("rbf", "1b-I", 120), 1e-4, 2e-3);
    }

    [Theory]
    [InlineData("rbffd", "4", "adi")]
    [InlineData("fdad", "5", "fdnu")]
    [InlineData("rbflsml", "6", "adi")]
    [InlineData("rbflsml", "1b", "rbffd")]
    [InlineData("rbfad", "3-I", "rbffd")]
    public void A_problem_outside_the_family_is_refused_with_the_method_to_take(string name, string id, string other)
    {
        Assert.Contains($"'{other}'", MethodProbe.Answer(name, id).Refusal, StringComparison.Ordinal);
    }
}
