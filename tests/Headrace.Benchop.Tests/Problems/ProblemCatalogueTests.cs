using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;
using Headrace.Benchop.Tests.Published;
using Xunit;

namespace Headrace.Benchop.Tests.Problems;

public sealed class ProblemCatalogueTests
{
    [Fact]
    public void Every_published_value_belongs_to_a_problem_with_those_points()
    {
        foreach (var group in PublishedValues.All.GroupBy(v => v.ProblemId))
        {
            var definition = ProblemCatalogue.Find(group.Key);

            Assert.NotNull(definition);
            Assert.Equal(group.Select(v => v.Spots[0]), definition.Spots);
            Assert.Equal(group.Where(v => v.Spots.Count > 1).Select(v => v.Spots[1]), definition.SecondSpots);
        }

        Assert.Equal(
            PublishedValues.All.Select(v => v.ProblemId).Distinct().Order(),
            ProblemCatalogue.All.Select(d => d.Id).Order()
        );
    }

    [Theory]
    [InlineData("1a", "1a-I")]
    [InlineData("1A-ii", "1a-II")]
    [InlineData("1a-II-delta", "1a-delta-II")]
    [InlineData("1a-gamma", "1a-gamma-I")]
    [InlineData("3", "3-I")]
    [InlineData("6", "6")]
    public void An_id_is_found_in_any_case_and_without_its_set(string asked, string found)
    {
        Assert.Equal(found, ProblemCatalogue.Find(asked)?.Id);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("1a-III")]
    [InlineData("2a-II")]
    [InlineData("")]
    public void An_unknown_problem_is_answered_with_what_exists(string asked)
    {
        var answer = ProblemCatalogue.Resolve(asked, "");

        var fault = Assert.Single(answer.Faults);
        Assert.Null(answer.Problem);
        Assert.Equal(asked, fault.Value);
        Assert.Contains("1a-delta-II", fault.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_replace_defaults_and_nothing_else()
    {
        var problem = ProblemCatalogue.Resolve("1b", "S=80:85.5,sigma=0.3").Problem!;

        Assert.Equal(new AmericanPut(100, 1), problem.Contract);
        Assert.Equal(new BlackScholes(0.03, 0.3), problem.Model);
        Assert.Equal([80, 85.5], problem.Points.Spots.ToArray());
    }

    [Fact]
    public void All_faults_are_reported_at_once_each_with_field_value_and_remedy()
    {
        var answer = ProblemCatalogue.Resolve(
            "4",
            "S=90:-1,K=0,V0=-0.1,rho=1.5,kappa=NaN,T=inf,vol=3,theta=x,sigma=1,sigma=2"
        );

        Assert.Null(answer.Problem);
        Assert.Equal(
            new[] { "K", "S", "T", "V0", "kappa", "rho", "sigma", "theta", "vol" },
            answer.Faults.Select(f => f.Field).Distinct().Order(StringComparer.Ordinal)
        );
        Assert.All(answer.Faults, f => Assert.NotEmpty(f.Remedy));
        Assert.Contains(
            answer.Faults,
            f => f is { Field: "rho", Value: "1.5" } && f.Remedy.Contains("at most 1", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("1a", "sigma=-0.1", "sigma")]
    [InlineData("1c", "B=105", "B")]
    [InlineData("1c", "K=200", "B")]
    [InlineData("6", "rho=-1.01", "rho")]
    [InlineData("1a", "S=", "S")]
    [InlineData("1a", "S=NaN", "S")]
    [InlineData("1a", "r=3", "r")]
    [InlineData("6", "S1=90:100,S2=1:2:3", "S2")]
    [InlineData("6", "S=90", "S")]
    [InlineData("1a", "K", "set")]
    [InlineData("1a", "K=1:2", "K")]
    [InlineData("2b", "r=-0.01", "r")]
    [InlineData("3-II", "T=2", "T")]
    public void A_setting_that_makes_no_sense_is_refused(string id, string settings, string field)
    {
        var answer = ProblemCatalogue.Resolve(id, settings);

        Assert.Null(answer.Problem);
        Assert.Contains(answer.Faults, f => f.Field == field);
    }

    [Fact]
    public void A_violated_Feller_condition_is_allowed_and_gets_a_remark()
    {
        var violated = ProblemCatalogue.Resolve("4", "sigma=1,V0=0.114,kappa=2.58,theta=0.043");
        var kept = ProblemCatalogue.Resolve("4", "");

        Assert.NotNull(violated.Problem);
        Assert.Contains("Feller", Assert.Single(violated.Remarks), StringComparison.Ordinal);
        Assert.Empty(kept.Remarks);
    }

    [Fact]
    public void One_spot_of_an_asset_pairs_with_all_of_the_other()
    {
        var points = ProblemCatalogue.Resolve("6", "S1=90:100:110,S2=95").Problem!.Points;

        Assert.Equal([95, 95, 95], points.SecondSpots.ToArray());
    }

    [Fact]
    public void A_list_selects_its_problems_and_names_unknown_ones()
    {
        var (problems, faults) = ProblemCatalogue.Select("all,1a,9");

        Assert.Equal(ProblemCatalogue.All.Count, problems.Count);
        Assert.Equal("9", Assert.Single(faults).Value);
        Assert.NotEmpty(ProblemCatalogue.Select(" , ").Faults);
    }

    [Fact]
    public void Keys_distinguish_problems_only_by_their_numbers()
    {
        var key = ProblemCatalogue.Default("1a").Key;

        Assert.Equal(key, ProblemCatalogue.Resolve("1a-II", "S=90:100:110,T=1,r=0.03,sigma=0.15").Problem!.Key);
        Assert.NotEqual(key, ProblemCatalogue.Resolve("1a", "S=90:100:110.0000000001").Problem!.Key);
        Assert.NotEqual(key, ProblemCatalogue.Default("1a-delta").Key);
    }
}
