using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Headrace.Benchop.Tests.Published;
using Xunit;

namespace Headrace.Benchop.Tests.Methods.Sampling;

public sealed class SamplingMethodTests
{
    /// <summary>The problems under test, each with a work parameter that makes pricing fast.</summary>
    public static TheoryData<string, string, int> Small =>
        new()
        {
            { "mc", "1a-I", 4096 },
            { "mc", "1c-I", 4096 },
            { "mc", "3-I", 4096 },
            { "mc", "4", 8192 },
            { "mc", "5", 8192 },
            { "qmc", "6", 8192 },
            { "qmc", "1a-vega-I", 4096 },
            { "mlmc", "4", 16384 },
            { "mlmc", "6", 16384 },
            { "mlmca", "2a", 1000 },
            { "lsm", "1b-I", 8192 },
        };

    [Theory]
    [MemberData(nameof(Small))]
    public async Task A_result_depends_on_the_seed_and_on_nothing_else(string name, string id, int work)
    {
        var (method, problem) = (MethodCatalogue.Find(name)!, ProblemCatalogue.Default(id));
        var first = PricingRun.Once(method, problem, work, 5);
        Assert.Null(first.Refusal);

        // These runs are concurrent, as in a worker with several slots. Half of them use another seed.
        var runs = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(i => Task.Run(() => PricingRun.Once(method, problem, work, 5 + (i % 2))))
        );

        for (var i = 0; i < runs.Length; i++)
        {
            Assert.Equal(i % 2 == 0, runs[i].Values.SequenceEqual(first.Values));
            Assert.Equal(i % 2 == 0, runs[i].StandardErrors.SequenceEqual(first.StandardErrors));
        }
    }

    [Theory]
    [InlineData("mc", "1a-I", 2048)]
    [InlineData("mc", "1a-gamma-I", 2048)]
    [InlineData("mc", "1c-I", 2048)]
    [InlineData("mc", "4", 4096)]
    [InlineData("mc", "5", 4096)]
    [InlineData("mc", "6", 4096)]
    [InlineData("qmc", "1a-I", 1024)]
    [InlineData("qmc", "5", 2048)]
    [InlineData("qmc", "6", 2048)]
    [InlineData("mlmc", "6", 16384)]
    [InlineData("mlmca", "5", 500)]
    public void The_error_is_as_large_as_the_standard_error_says(string name, string id, int work)
    {
        const int Seeds = 40;
        var (method, problem) = (MethodCatalogue.Find(name)!, ProblemCatalogue.Default(id));
        var published = PublishedValues.Of(id);
        double squares = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var answer = PricingRun.Once(method, problem, work, seed);
            Assert.Null(answer.Refusal);
            for (var i = 0; i < published.Length; i++)
                squares += Math.Pow((answer.Values[i] - published[i]) / answer.StandardErrors[i], 2);
        }

        var ratio = Math.Sqrt(squares / (Seeds * published.Length));
        Assert.InRange(ratio, 0.6, 1.7);
    }

    [Theory]
    [InlineData("mc", "1a-I", 1, 2048, 32768)]
    [InlineData("mc", "1a-gamma-II", 1, 2048, 32768)]
    [InlineData("mc", "6", 1, 4096, 65536)]
    [InlineData("mc", "4", 0.5, 2048, 32768)]
    [InlineData("mc", "3-I", 0.5, 2048, 16384)]
    [InlineData("qmc", "1a-I", 1, 2048, 32768)]
    [InlineData("qmc", "1a-delta-I", 1, 2048, 32768)]
    [InlineData("qmc", "5", 1, 4096, 65536)]
    [InlineData("qmc", "6", 1, 4096, 65536)]
    [InlineData("mlmc", "4", 0.5, 16384, 131072)]
    [InlineData("mlmca", "6", 1, 500, 4000)]
    [InlineData("lsm", "1b-I", 0.5, 4096, 65536)]
    public void The_standard_error_decreases_at_the_stated_rate(string name, string id, double order, int few, int many)
    {
        var (method, problem) = (MethodCatalogue.Find(name)!, ProblemCatalogue.Default(id));
        var observed = Math.Log(Spread(few) / Spread(many)) / Math.Log((double)many / few);

        Assert.True(observed > order - 0.25, $"{name} on {id}: order {observed:F2} instead of {order}");

        double Spread(int work)
        {
            double sum = 0;
            for (var seed = 0; seed < 6; seed++)
            {
                var answer = PricingRun.Once(method, problem, work, seed);
                Assert.Null(answer.Refusal);
                sum += answer.StandardErrors.Sum(e => e * e);
            }

            return Math.Sqrt(sum);
        }
    }

    [Trait("Speed", "Slow")]
    [Theory]
    [InlineData("mc", "1a-I 1a-II 1a-delta-I 1a-delta-II 1a-gamma-I 1a-gamma-II 1a-vega-I 1a-vega-II", 1e-3)]
    [InlineData("mc", "1c-I 1c-II 2a 3-I 4 5 6", 1e-3)]
    [InlineData("mc", "3-II", 1e-3)]
    [InlineData("qmc", "1a-I 1a-II 1a-delta-I 1a-delta-II 1a-gamma-I 1a-gamma-II 1a-vega-I 1a-vega-II", 1e-4)]
    [InlineData("qmc", "2a 5 6", 1e-4)]
    [InlineData("mlmc", "1a-I 1a-II 2a 4 5 6", 1e-3)]
    [InlineData("mlmca", "1a-I 1a-II 2a 4 5 6", 1e-3)]
    [InlineData("lsm", "1b-I 1b-II", 1e-3)]
    public void Of_64_seeds_95_percent_meet_the_target(string name, string ids, double target)
    {
        const int Seeds = 64;
        var method = MethodCatalogue.Find(name)!;
        foreach (var id in ids.Split(' '))
        {
            var problem = ProblemCatalogue.Default(id);
            var published = PublishedValues.Of(id);
            double[] errors =
            [
                .. Enumerable
                    .Range(1, Seeds)
                    .AsParallel()
                    .Select(seed => PricingRun.Once(method, problem, method.Plan(problem).Default, seed))
                    .Select(a =>
                        a.Refusal is null ? a.Values.Select((v, i) => Math.Abs((v / published[i]) - 1)).Max() : 1
                    )
                    .Order(),
            ];

            var error = errors[(int)Math.Ceiling(0.95 * Seeds) - 1];
            Assert.True(error <= target, $"{name} on {id}: 95 % of the seeds err by at most {error:E2}");
        }
    }

    // Pricing takes seconds, most of which are spent on the search for the boundary, so fewer scramblings are tested.
    [Trait("Speed", "Slow")]
    [Fact]
    public void Quasi_Monte_Carlo_prices_an_American_put_to_two_ten_thousandths_with_eight_scramblings()
    {
        var (method, problem) = (MethodCatalogue.Find("qmc")!, ProblemCatalogue.Default("1b-I"));
        var published = PublishedValues.Of("1b-I");
        for (var seed = 1; seed <= 8; seed++)
        {
            var answer = PricingRun.Once(method, problem, method.Plan(problem).Default, seed);
            Assert.Null(answer.Refusal);
            var error = answer.Values.Select((v, i) => Math.Abs((v / published[i]) - 1)).Max();
            Assert.True(error <= 2e-4, $"seed {seed}: error {error:E2}");
        }
    }

    [Theory]
    [InlineData("mc", "4", "rho=1")]
    [InlineData("mc", "4", "rho=-1")]
    [InlineData("mlmc", "4", "rho=1")]
    [InlineData("mlmc", "4", "rho=-1")]
    [InlineData("mc", "6", "rho=1,sigma2=0.3")]
    [InlineData("qmc", "6", "rho=-1")]
    [InlineData("mlmc", "6", "rho=-1")]
    [InlineData("mlmca", "6", "rho=1,sigma1=0.4")]
    [InlineData("mc", "5", "lambda=0")]
    [InlineData("qmc", "5", "delta=0")]
    [InlineData("mlmc", "5", "lambda=0")]
    [InlineData("qmc", "1b", "r=0")]
    [InlineData("lsm", "1b", "r=-0.02")]
    [InlineData("mc", "2a", "D=0")]
    public void Limiting_parameters_are_priced(string name, string id, string settings)
    {
        var problem = ProblemCatalogue.Resolve(id, settings).Problem!;

        Assert.True(
            MethodProbe.Meets(name, problem, 10 * MethodCatalogue.Find(name)!.Plan(problem).Target, 1, settings)
        );
    }

    [Theory]
    [InlineData("mc", "1a", -1)]
    [InlineData("mc", "1a", 0)]
    [InlineData("mc", "1a", int.MaxValue)]
    [InlineData("qmc", "1a", -5)]
    [InlineData("qmc", "1b", int.MaxValue)]
    [InlineData("mlmc", "4", int.MinValue)]
    [InlineData("mlmca", "4", 10_000_000)]
    [InlineData("lsm", "1b", int.MaxValue)]
    public void A_number_of_paths_out_of_range_is_refused_with_the_range(string name, string id, int work)
    {
        var answer = MethodProbe.Answer(name, id, "", work);

        Assert.Contains($"work={work} is out of range", answer.Refusal, StringComparison.Ordinal);
        Assert.Empty(answer.Values);
    }

    [Trait("Speed", "Slow")]
    [Theory]
    [InlineData("mc")]
    [InlineData("qmc")]
    [InlineData("mlmca")]
    [InlineData("lsm")]
    public void The_smallest_work_prices_or_refuses_with_a_reason(string name)
    {
        foreach (var definition in ProblemCatalogue.All)
        {
            var problem = ProblemCatalogue.Default(definition.Id);
            var method = MethodCatalogue.Find(name)!;
            if (method.WhyNot(problem) is not null)
                continue;

            var answer = PricingRun.Once(method, problem, method.Plan(problem).Least, int.MaxValue);
            Assert.True(answer.Refusal is null ? answer.Values.All(double.IsFinite) : answer.Refusal.Length > 20);
        }
    }

    [Fact]
    public void A_cell_reports_standard_errors_and_uses_the_seed()
    {
        Cell Run(int seed) =>
            new CellRun(TimeProvider.System, new MeasureOptions { Time = false, Seed = seed }).Run(
                MethodCatalogue.Find("mc")!,
                ProblemCatalogue.Default("1a"),
                TestContext.Current.CancellationToken
            );

        var (one, two) = (Run(1), Run(2));

        Assert.Equal(3, one.StandardErrors.Count);
        Assert.All(one.StandardErrors, e => Assert.True(e > 0));
        Assert.NotEqual(one.Values, two.Values);
        Assert.Equal(one.Values, Run(1).Values);
    }

    [Trait("Speed", "Slow")]
    [Fact]
    public void Draws_of_ordinary_parameters_meet_ten_targets_or_are_refused()
    {
        string[] names = ["mc", "qmc", "mlmc", "mlmca"];
        var answered = 0;
        for (var seed = 1; seed <= 4; seed++)
        {
            var draw = new Draw(seed);
            Problem[] problems = [draw.BlackScholes("1a"), draw.BlackScholes("2a"), draw.Merton(), draw.Spread()];
            foreach (var name in names)
                foreach (var problem in problems)
                {
                    var target = MethodCatalogue.Find(name)!.Plan(problem).Target;
                    answered += MethodProbe.Meets(name, problem, 10 * target, 1, $"seed {seed}") ? 1 : 0;
                }
        }

        Assert.True(answered >= 55, $"{answered} of 64 answered");
    }
}
