using System.Text.Json;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Octave;
using Headrace.Apps.Benchop.Problems;
using Xunit;

namespace Headrace.Benchop.Tests.Octave;

/// <summary>
/// Tests calls to Octave functions: which arguments the functions receive, and which results and errors they produce.
/// </summary>
public sealed class PublishedCallTests
{
    private const string Sum = "  assert (rows (S) == 1);\n  U = S + sum ((1:numel (varargin)) .* [varargin{:}]);";
    private const string PairSum = "  U = S(:, 1) - 2 * S(:, 2) + sum ((1:numel (varargin)) .* [varargin{:}]);";

    [Theory]
    [InlineData("1a-II", "BSeuCallUII", "[[97,98,99],100,0.25,0.1,0.01]")]
    [InlineData("1a-vega-I", "BSeuCallVegaI", "[[90,100,110],100,1,0.03,0.15]")]
    [InlineData("1b-I", "BSamPutUI", "[[90,100,110],100,1,0.03,0.15]")]
    [InlineData("1c-I", "BSupoutCallI", "[[90,100,110],100,1,0.03,0.15,125]")]
    [InlineData("2b", "BSamCallDD", "[[90,100,110],100,0.5,0.03,0.15,0.03,0.8]")]
    [InlineData("3-I", "BSeuLocVolI", """[[90,100,110],100,1,0.03,{"volatility":"smooth","sigma":0.15,"level":100}]""")]
    [InlineData("3-II", "BSeuLocVolII", """[[90,100,110],100,0.5,0.03,{"volatility":"implied"}]""")]
    [InlineData("4", "HSTeuCall", "[[90,100,110],100,1,0.03,0.0225,2,0.0225,0.25,-0.5]")]
    [InlineData("5", "MRTeuCall", "[[90,100,110],100,1,0.03,0.15,0.4,-0.5,0.4]")]
    [InlineData("6", "BSeuCallspread", "[[[100,90],[100,100],[100,110],[90,100],[110,100]],1,0.03,0.15,0.15,0.5]")]
    public void The_arguments_are_those_of_the_published_codes(string problem, string function, string arguments)
    {
        var call = PublishedCall.Of(ProblemCatalogue.Default(problem));

        Assert.Equal((function, arguments), (call.Function, JsonSerializer.Serialize(call.Arguments)));
    }

    [Fact]
    public async Task Every_problem_reaches_its_function_with_every_argument_in_its_place()
    {
        // For each problem, there is a function that returns a weighted sum of its arguments for each spot.
        var problems = ProblemCatalogue.All.Select(d => ProblemCatalogue.Default(d.Id)).ToList();
        var plain = problems.Where(p => p.Model is not (LocalVolatility or TwoAssetBlackScholes)).ToList();
        var files = plain
            .Select(p => PublishedCall.Of(p).Function)
            .Distinct()
            .Select(function => ($"{function}_probe", $"function U = {function}_probe (S, varargin)\n{Sum}\nend\n"))
            .Append(("BSeuCallspread_probe", $"function U = BSeuCallspread_probe (S, varargin)\n{PairSum}\nend\n"));

        var results = await OctaveProcess.CallAsync(
            files,
            [.. problems.Where(p => p.Model is not LocalVolatility).Select(p => Call(p, "probe"))]
        );

        foreach (var (problem, result) in problems.Where(p => p.Model is not LocalVolatility).Zip(results))
        {
            var rest = PublishedCall.Of(problem).Arguments.Skip(1).Select(a => (double)a).ToList();
            var sum = rest.Select((value, index) => (index + 1) * value).Sum();
            var spots = problem.Points.Spots.ToArray();
            var expected =
                problem.Model is TwoAssetBlackScholes
                    ? spots.Zip(problem.Points.SecondSpots.ToArray(), (s1, s2) => s1 - (2 * s2) + sum)
                    : spots.Select(spot => spot + sum);
            AssertClose(expected, result);
        }
    }

    [Fact]
    public async Task A_process_with_one_thread_reports_all_processors_of_its_machine()
    {
        var results = await OctaveProcess.CallAsync(
            [("BSeuCallUI_probe", "function U = BSeuCallUI_probe (S, K, T, r, sig)\n  U = S;\nend\n")],
            Call(ProblemCatalogue.Default("1a-I"), "probe")
        );

        var cores = results[0].GetProperty("machine").GetProperty("cores").GetInt32();
        Assert.InRange(cores, Environment.ProcessorCount, int.MaxValue);
    }

    [Fact]
    public async Task The_volatility_functions_are_the_surfaces_of_problem_3()
    {
        var smooth = ProblemCatalogue.Default("3-I");
        var implied = ProblemCatalogue.Default("3-II");

        var results = await OctaveProcess.CallAsync(
            [
                ("BSeuLocVolI_probe", "function U = BSeuLocVolI_probe (S, K, T, r, sig)\n  U = sig (S, 0.3);\nend\n"),
                (
                    "BSeuLocVolII_probe",
                    "function U = BSeuLocVolII_probe (S, K, T, r, sig)\n  U = sig (r, 100, S, 0.3);\nend\n"
                ),
                (
                    "BSeuLocVolII_start",
                    "function U = BSeuLocVolII_start (S, K, T, r, sig)\n  U = sig (r, 100, S, 0);\nend\n"
                ),
            ],
            Call(smooth, "probe"),
            Call(implied, "probe"),
            Call(implied, "start")
        );

        AssertClose(Surface(smooth, 0.3), results[0]);
        AssertClose(Surface(implied, 0.3), results[1]);
        AssertClose(Surface(implied, 0), results[2]);

        static IEnumerable<double> Surface(Problem problem, double time) =>
            problem
                .Points.Spots.ToArray()
                .Select(spot => Math.Sqrt(((LocalVolatility)problem.Model).Variance(100, spot, time)));
    }

    [Theory]
    [InlineData("U = S(1:2);", "benchop:shape: BSeuCallUI_bad returned a 1x2 matrix; it must return 3 numbers")]
    [InlineData("U = [];", "benchop:shape: BSeuCallUI_bad returned a 0x0 matrix; it must return 3 numbers")]
    [InlineData("U = 'abc';", "benchop:shape: BSeuCallUI_bad returned a 1x3 matrix of char; it must return 3 real")]
    [InlineData("U = {1, 2, 3};", "benchop:shape: BSeuCallUI_bad returned a 1x3 matrix of cell; it must return 3")]
    [InlineData("U = S + 1i;", "benchop:shape: BSeuCallUI_bad returned a 1x3 matrix of complex numbers")]
    [InlineData("U = S ./ [1, 0, 1];", "benchop:notFinite: BSeuCallUI_bad returned Inf for spot 2 of 3.")]
    [InlineData("U = S * NaN;", "benchop:notFinite: BSeuCallUI_bad returned NaN for spot 1 of 3.")]
    [InlineData("error ('the matrix is singular');", ": the matrix is singular")]
    [InlineData("undefined_function (S);", "'undefined_function' undefined")]
    public async Task A_result_of_another_shape_or_an_error_states_what_is_wrong(string body, string message)
    {
        var results = await OctaveProcess.CallAsync(
            [("BSeuCallUI_bad", $"function U = BSeuCallUI_bad (S, K, T, r, sig)\n  {body}\nend\n")],
            Call(ProblemCatalogue.Default("1a-I"), "bad")
        );

        Assert.Contains(message, results[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_of_integers_is_as_good_as_a_row_of_doubles()
    {
        var results = await OctaveProcess.CallAsync(
            [("BSeuCallUI_integers", "function U = BSeuCallUI_integers (S, K, T, r, sig)\n  U = int32 (S');\nend\n")],
            Call(ProblemCatalogue.Default("1a-I"), "integers")
        );

        AssertClose([90, 100, 110], results[0]);
    }

    [Fact]
    public async Task A_call_is_measured_in_the_process_by_either_protocol_and_what_it_prints_is_reported_once()
    {
        const string busy =
            "function U = BSeuCallUI_busy (S, K, T, r, sig)\n"
            + "  U = S;\n  for i = 1:200\n    U = U + 0;\n  end\nend\n";
        const string chatty =
            "function U = BSeuCallUI_chatty (S, K, T, r, sig)\n  printf ('hello\\n');\n  U = S\nend\n";

        var results = await OctaveProcess.CallAsync(
            [("BSeuCallUI_busy", busy), ("BSeuCallUI_chatty", chatty)],
            Measured("busy", "steady"),
            Measured("busy", "paper"),
            Measured("chatty", "steady")
        );

        var answers = results.Select(r => r.Deserialize<OctaveAnswer>(JsonSerializerOptions.Web)!).ToList();
        Assert.InRange(answers[0].Cpu.Count, 3, int.MaxValue);
        Assert.InRange(answers[0].Calls, 2, long.MaxValue);
        Assert.Equal((3, 3, 1), (answers[1].Cpu.Count, answers[1].Wall.Count, answers[1].Calls));
        Assert.All(answers, answer => Assert.All(answer.Wall, seconds => Assert.InRange(seconds, 1e-9, 10)));
        Assert.Equal("", answers[0].Printed);
        // The output of further calls would be additional lines, which OctaveProcess would report.
        Assert.StartsWith("hello\nU =", answers[2].Printed, StringComparison.Ordinal);
        Assert.All(
            answers,
            answer => Assert.StartsWith("GNU Octave ", answer.Machine.Runtime, StringComparison.Ordinal)
        );
        Assert.All(answers, answer => Assert.InRange(answer.Machine.Cores, 1, int.MaxValue));
    }

    private static (string Name, object Params) Measured(string method, string protocol) =>
        (
            $"BSeuCallUI_{method}",
            new
            {
                arguments = PublishedCall.Of(ProblemCatalogue.Default("1a-I")).Arguments,
                measure = new { protocol, seconds = 0.2 },
            }
        );

    private static (string Name, object Params) Call(Problem problem, string method)
    {
        var call = PublishedCall.Of(problem);
        return ($"{call.Function}_{method}", new { arguments = call.Arguments });
    }

    private static void AssertClose(IEnumerable<double> expected, JsonElement result)
    {
        Assert.True(result.ValueKind == JsonValueKind.Object, result.ToString());
        var values = result.GetProperty("values").EnumerateArray().Select(v => v.GetDouble()).ToList();
        Assert.Equal(expected.Count(), values.Count);
        Assert.All(expected.Zip(values), pair => Assert.Equal(pair.First, pair.Second, 1e-11 * Math.Abs(pair.First)));
    }
}
