using System.Text;
using System.Text.Json;
using Headrace.Apps.Benchop;
using Headrace.Apps.Benchop.Commands;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Problems;
using Headrace.Commands;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Benchop.Tests.Octave;

/// <summary>Tests how a run uses Octave methods: their names, their jobs and their cells.</summary>
public sealed class OctaveMethodTests
{
    private static readonly Problem Call = ProblemCatalogue.Default("1a-I");
    private static readonly CellTask Tuning = new(BenchopTask.Tune) { Seconds = 0.5 };

    [Fact]
    public void Functions_with_the_same_ending_are_one_method_and_a_taken_name_is_shown_as_a_file()
    {
        var methods = OctaveMethods.Of([
            Offered("benchop.cos", 2),
            Offered("benchop.mine.bseucallui", 1),
            Offered("benchop.mine.bseucallui", 2),
            Offered("benchop.mine.hsteucall", 1),
            Offered("benchop.cos.bsamputui", 1),
            Offered("sha512", 1),
        ]);

        Assert.Equal(["cos.m", "mine"], methods.Select(method => method.Name));
        Assert.Equal("benchop.mine.bseucallui@2", methods[1].RegisteredNameFor(Call));
        Assert.Null(methods[1].WhyNot(Call));
        Assert.Null(methods[1].WhyNot(ProblemCatalogue.Default("slv-heston")));
        Assert.Equal("There is no file BSamPutUI_mine.m.", methods[1].WhyNot(ProblemCatalogue.Default("1b")));
        Assert.Null(OctaveMethods.Find(methods, "cos"));
        Assert.Same(methods[0], OctaveMethods.Find(methods, "COS.m"));
        Assert.Same(methods[1], OctaveMethods.Find(methods, "mine.m"));
    }

    [Fact]
    public void A_run_accepts_an_installed_method_beside_all_and_lists_the_installed_ones_for_an_unknown_name()
    {
        IReadOnlyList<OctaveMethod> installed = [Mine()];

        var cells = BenchopStudy.Many("1a,1b", "cos,mine,MINE", "", Tuning, installed);
        var refused = Assert.Throws<UsageException>(() => BenchopStudy.Many("1a", "yours", "", Tuning, installed));

        Assert.Equal(
            ["1a-I cos", "1a-I mine", "1b-I cos", "1b-I mine"],
            cells.Select(cell => cell.Name).Order(StringComparer.Ordinal)
        );
        Assert.True(BenchopStudy.NamesOthers("all,mine"));
        Assert.False(BenchopStudy.NamesOthers("all,cos"));
        Assert.False(BenchopStudy.NamesOthers(null));
        Assert.StartsWith(
            "Unknown method 'yours'. Available methods: closed,",
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.EndsWith("From Octave files: mine.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_job_gets_the_arguments_and_how_to_measure()
    {
        var cell = new CellRequest(Call, Mine(), "", Tuning with { Protocol = TimingProtocol.Paper });

        Assert.Equal("benchop.mine.bseucallui@1", cell.Submission.Method);
        Assert.Equal(
            """{"arguments":[[90,100,110],100,1,0.03,0.15],"measure":{"protocol":"paper","seconds":0.5}}""",
            cell.Submission.Params!.Value.GetRawText()
        );
    }

    [Fact]
    public void A_result_is_compared_with_the_reference_and_its_batches_become_a_time_with_an_interval()
    {
        var answer = Read([2.758443856146076, 7.485087593912603, 14.702019669720769], "", [3e-5, 5e-5, 4e-5]);

        var (cell, timing) = (answer.Cell, answer.Cell.Timing!);
        Assert.True(cell.Met, cell.Reason);
        Assert.Equal(("mine", "1a-I", null), (cell.Method, cell.Problem, cell.Structure));
        Assert.InRange(cell.Error!.Value, 0, 1e-12);
        Assert.Equal(40, timing.CpuMicroseconds, 1e-9);
        Assert.Equal(80, timing.WallMicroseconds, 1e-9);
        Assert.Equal((3, 300L, false), (timing.Batches, timing.Calls, timing.Steady));
        // Student's quantile for two degrees of freedom is 4.303; the standard error of the mean is 10 / sqrt(3).
        Assert.Equal(4.303 * 10 / Math.Sqrt(3) / 40, timing.HalfWidth, 1e-3);
        Assert.Equal("a processor, 2 cores, GNU Octave 7.3.0", answer.Machine!.ToString());
        Assert.Equal("a processor, 1 core, GNU Octave 7.3.0", (answer.Machine with { Cores = 1 }).ToString());
        Assert.Empty(answer.Remarks);
    }

    [Fact]
    public void An_inaccurate_result_misses_the_target_and_what_a_function_prints_is_a_remark()
    {
        var answer = Read([2.76, 7.48, 14.7], "U =\n\n   2.76", [3e-5, 3e-5, 3e-5]);

        Assert.False(answer.Cell.Met);
        Assert.Equal(
            "The error, 6.8E-4, misses the target 1E-4. An Octave function has no work parameter that a run could "
                + "tune.",
            answer.Cell.Reason
        );
        Assert.Equal(
            "BSeuCallUI_mine prints output in each call, which takes time: 'U ='.",
            Assert.Single(answer.Remarks)
        );
    }

    private static CellAnswer Read(double[] values, string printed, double[] cpu) =>
        Mine()
            .Read(
                new CellRequest(Call, Mine(), "", Tuning),
                Encoding.UTF8.GetBytes(
                    JsonSerializer.Serialize(
                        new
                        {
                            values,
                            printed,
                            calls = 100,
                            cpu,
                            wall = cpu.Select(seconds => 2 * seconds),
                            machine = new
                            {
                                processor = "a processor",
                                cores = 2,
                                system = "Linux",
                                runtime = "GNU Octave 7.3.0",
                                loadAverage = 0.5,
                            },
                        }
                    )
                )
            );

    private static OctaveMethod Mine() => OctaveMethods.Of([Offered("benchop.mine.bseucallui", 1)])[0];

    private static MethodReply Offered(string name, int version) =>
        new(name, version, JsonElement.Parse("true"), Workers: 1);
}
