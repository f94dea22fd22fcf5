using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Apps.Benchop.Problems;
using Xunit;

namespace Headrace.Benchop.Tests.Problems;

public sealed class ProblemSettingsTests
{
    [Fact]
    public void An_object_gives_the_same_problem_as_the_text()
    {
        var typed = ProblemCatalogue.Resolve(
            "4",
            "",
            new ProblemSettings
            {
                Spots = [95, 105],
                InitialVariance = 0.04,
                Correlation = -0.9,
            }
        );

        Assert.Equal(ProblemCatalogue.Resolve("4", "S=95:105,V0=0.04,rho=-0.9").Problem!.Key, typed.Problem!.Key);
    }

    [Theory]
    [InlineData("""{"S1":[90,100],"S2":64.5}""", "S1=90:100,S2=64.5")]
    [InlineData("""{"S1":100,"S2":[90]}""", "S1=100,S2=90")]
    public void A_single_spot_needs_no_list_in_an_object(string json, string text)
    {
        var typed = ProblemCatalogue.Resolve("6", "", JsonSerializer.Deserialize<ProblemSettings>(json));

        Assert.Empty(typed.Faults);
        Assert.Equal(ProblemCatalogue.Resolve("6", text).Problem!.Key, typed.Problem!.Key);
    }

    [Theory]
    [InlineData("""{"S":"90"}""")]
    [InlineData("""{"S":[90,"x"]}""")]
    [InlineData("""{"S":[90,[100]]}""")]
    [InlineData("""{"S":{}}""")]
    public void A_spot_that_is_not_a_number_is_rejected(string json)
    {
        var refused = Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ProblemSettings>(json));

        Assert.Equal("$.S", refused.Path?[..3]);
    }

    [Fact]
    public void Text_and_object_may_be_combined_but_not_for_the_same_setting()
    {
        var combined = ProblemCatalogue.Resolve("1a", "K=90", new ProblemSettings { Volatility = 0.2 });
        var twice = ProblemCatalogue.Resolve("1a", "k=90", new ProblemSettings { Strike = 95 });

        Assert.Equal(ProblemCatalogue.Resolve("1a", "K=90,sigma=0.2").Problem!.Key, combined.Problem!.Key);
        Assert.Equal(
            "K=95: specified both as text and in the object; specify each setting only once.",
            Assert.Single(twice.Faults).ToString()
        );
    }

    [Fact]
    public void A_setting_that_the_problem_does_not_have_is_a_fault_with_the_settings_that_it_has()
    {
        var answer = ProblemCatalogue.Resolve("6", "", new ProblemSettings { Strike = 90, Correlation = 2 });

        Assert.Null(answer.Problem);
        Assert.Equal(
            ["K=90: problem 6 has no such setting. Its settings are S1, S2, T, r, sigma1, sigma2, rho.", "rho"],
            answer.Faults.Select(f => f.Field == "rho" ? f.Field : f.ToString())
        );
    }

    [Fact]
    public void The_object_has_every_setting_of_every_problem()
    {
        var names = typeof(ProblemSettings)
            .GetProperties()
            .Select(p => p.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name)
            .OfType<string>();
        var known = ProblemCatalogue
            .All.SelectMany(d => d.PointNames.Concat(d.Settings.Select(s => s.Name)))
            .Distinct();

        Assert.Equal(known.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_member_that_is_given_counts()
    {
        var properties = typeof(ProblemSettings).GetProperties().Where(p => p.CanWrite).ToList();
        foreach (var property in properties)
        {
            var settings = new ProblemSettings();
            property.SetValue(settings, property.PropertyType == typeof(double?) ? 1.5 : (double[])[1.5]);

            var (name, values) = Assert.Single(settings.Given());

            Assert.Equal(property.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name, name);
            Assert.Equal([1.5], values);
        }
    }
}
