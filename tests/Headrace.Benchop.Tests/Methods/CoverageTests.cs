using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Headrace.Benchop.Tests.Published;
using Xunit;

namespace Headrace.Benchop.Tests.Methods;

public sealed class CoverageTests
{
    private const double Target = 1e-4;

    /// <summary>
    /// The problems that each method must support. FFT, FGL, COS, FD and FD-NU must support the problems that the
    /// published codes support according to the paper's table. Each additional method must support the problems for
    /// which it was written.
    /// </summary>
    public static TheoryData<string, string> Promised
    {
        get
        {
            var data = new TheoryData<string, string>();
            string[] european = ["1a", "1a-delta", "1a-gamma", "1a-vega"];
            Add("fd", [.. Both(european), .. Both("1b", "1c"), "2a", "2b", "3-I", "3-II"]);
            Add("fdnu", [.. Both(european), .. Both("1b", "1c"), "2a", "2b", "3-I", "3-II", "4", "5", "6"]);
            Add("adi", ["4", "6"]);
            Add("alo", Both("1b"));
            Add("closed", [.. Both(european), .. Both("1c"), "2a", "3-II", "6"]);
            Add("series", ["5"]);
            Add("quadrature", ["2b", "4"]);
            Add("cos", [.. Both(european), .. Both("1b", "1c"), "2a", "2b", "3-I", "4", "5", "6"]);
            Add("fft", [.. Both(european), "2a", "4", "5"]);
            Add("fgl", [.. Both(european), .. Both("1b"), "2a", "2b", "4", "5", "6"]);
            Add("mc", [.. Both(european), .. Both("1c"), "2a", "3-I", "3-II", "4", "5", "6"]);
            Add("qmc", [.. Both(european), .. Both("1b"), "2a", "5", "6"]);
            Add("mlmc", [.. Both("1a"), "2a", "4", "5", "6"]);
            Add("mlmca", [.. Both("1a"), "2a", "4", "5", "6"]);
            Add("lsm", Both("1b"));
            Add("fdad", [.. Both(european), .. Both("1b", "1c"), "2a", "2b", "3-I", "3-II", "6"]);
            Add("rbf", [.. Both(european), .. Both("1c"), "2a", "2b", "3-I", "3-II", "4", "6"]);
            Add("rbffd", [.. Both(european), .. Both("1b", "1c"), "2a", "2b", "3-I", "3-II", "6"]);
            Add("rbfpum", [.. Both(european), .. Both("1b", "1c"), "2a", "2b", "3-I", "3-II", "4", "6"]);
            Add("rbflsml", [.. Both("1a"), "1a-delta-I", "1a-gamma-I", "1a-vega-I", "1c-I", "2a", "2b", "3-I", "3-II"]);
            Add("rbfad", [.. Both(european), .. Both("1b", "1c")]);
            return data;

            void Add(string method, IEnumerable<string> problems)
            {
                foreach (var problem in problems)
                    data.Add(method, problem);
            }

            static IEnumerable<string> Both(params string[] ids) =>
                ids.SelectMany(id => new[] { $"{id}-I", $"{id}-II" });
        }
    }

    [Theory]
    [MemberData(nameof(Promised))]
    public void Every_mark_of_the_table_meets_the_target_at_the_default_work(string name, string id)
    {
        var method = MethodCatalogue.Find(name)!;
        var answer = PricingRun.Price(method, ProblemCatalogue.Default(id));

        Assert.Null(answer.Refusal);
        var error = Worst(answer.Values, PublishedValues.Of(id));
        Assert.True(error <= TargetOf(method, id), $"{name} on {id} has an error of {error:E2} at work {answer.Work}");
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Every_cell_is_a_price_within_the_target_or_a_reason()
    {
        foreach (var method in MethodCatalogue.All)
            foreach (var definition in ProblemCatalogue.All)
            {
                var answer = PricingRun.Price(method, ProblemCatalogue.Default(definition.Id));
                if (answer.Refusal is { } reason)
                {
                    Assert.True(
                        reason.Length > 20 && reason.EndsWith('.'),
                        $"{method.Card.Name} on {definition.Id}: '{reason}'"
                    );
                    // If a method supports the problem but does not resolve it, the method states the obstacle.
                    if (method is not ISamplingMethod && method.WhyNot(ProblemCatalogue.Default(definition.Id)) is null)
                        Assert.EndsWith(
                            method.Plan(ProblemCatalogue.Default(definition.Id)).Obstacle ?? "a known obstacle",
                            reason,
                            StringComparison.Ordinal
                        );
                }
                else
                {
                    var error = Worst(answer.Values, PublishedValues.Of(definition.Id));
                    Assert.True(
                        error <= TargetOf(method, definition.Id),
                        $"{method.Card.Name} on {definition.Id} has an error of {error:E2} at work {answer.Work}"
                    );
                }
            }
    }

    [Fact]
    public void A_work_parameter_out_of_range_is_refused_with_the_range()
    {
        var answer = PricingRun.Price(MethodCatalogue.Find("cos")!, ProblemCatalogue.Default("1a"), 1);

        Assert.Contains("work=1", answer.Refusal, StringComparison.Ordinal);
        Assert.Contains("4..65536", answer.Refusal, StringComparison.Ordinal);
        Assert.Empty(answer.Values);
    }

    [Fact]
    public void Methods_are_found_by_short_and_by_registered_name_and_have_a_paper()
    {
        Assert.All(
            MethodCatalogue.All,
            m =>
            {
                Assert.Same(m, MethodCatalogue.Find(m.Card.Name));
                Assert.Same(m, MethodCatalogue.Find($"benchop.{m.Card.Name}@{m.Card.Version}"));
                Assert.Matches("(19|20)[0-9][0-9]", m.Card.Paper);
            }
        );
        Assert.Null(MethodCatalogue.Find("montecarlo2000"));
        Assert.Equal(MethodCatalogue.All.Count, MethodCatalogue.All.Select(m => m.Card.Name).Distinct().Count());
    }

    // A sampling method has its own target, because its error may decrease only in proportion to the inverse square
    // root of the work.
    private static double TargetOf(IPricingMethod method, string id) =>
        method is ISamplingMethod ? method.Plan(ProblemCatalogue.Default(id)).Target : Target;

    private static double Worst(IReadOnlyList<double> values, double[] reference) =>
        reference.Select((u, i) => Math.Abs(values[i] - u) / u).Max();
}
