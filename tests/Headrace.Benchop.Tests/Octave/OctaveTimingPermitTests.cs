using System.Text.Json;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Octave;
using Headrace.Apps.Benchop.Problems;
using Xunit;

namespace Headrace.Benchop.Tests.Octave;

/// <summary>Octave processes and workers share the timing permits.</summary>
public sealed class OctaveTimingPermitTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("headrace-permits-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_permission_that_a_worker_holds_is_not_given_to_Octave()
    {
        var stop = TestContext.Current.CancellationToken;
        using var held = TimingPermit.Wait(_folder.FullName, 2, TimeSpan.FromMinutes(10), stop);
        var take = $"headrace_timing_permit('{_folder.FullName}', 2, 0) >= 0";

        var results = await OctaveProcess.CallAsync(
            [
                (
                    "BSeuCallUI_probe",
                    $"function U = BSeuCallUI_probe (S, K, T, r, sig)\n  U = [{take}, {take}, 2] + 0;\nend\n"
                ),
            ],
            Call(measure: false)
        );

        Assert.Equal([1, 0, 2], Values(results[0]));
    }

    [Fact]
    public async Task Octave_holds_a_permission_during_the_calls_that_it_measures()
    {
        const string probe = """
            function U = BSeuCallUI_probe (S, K, T, r, sig)
              held = [];
              do
                file = headrace_timing_permit ([getenv("XDG_STATE_HOME") "/headrace/timing"], nproc (), 0);
                held = [held, file(file >= 0)];
              until (file < 0)
              arrayfun (@fclose, held);
              U = [numel(held), nproc(), 0];
            end
            """;

        var results = await OctaveProcess.CallAsync(
            [("BSeuCallUI_probe", probe)],
            Call(measure: false),
            Call(measure: true),
            Call(measure: false)
        );

        var (before, during, after) = (Values(results[0]), Values(results[1]), Values(results[2]));
        Assert.Equal(before[1], before[0]);
        Assert.Equal(before[1] - 1, during[0]);
        Assert.Equal(before[1], after[0]);
    }

    private static (string Name, object Params) Call(bool measure)
    {
        var arguments = PublishedCall.Of(ProblemCatalogue.Default("1a-I")).Arguments;
        return (
            "BSeuCallUI_probe",
            measure ? new { arguments, measure = new { protocol = "paper", seconds = 0.1 } } : new { arguments }
        );
    }

    private static List<double> Values(JsonElement result)
    {
        Assert.True(result.ValueKind == JsonValueKind.Object, result.ToString());
        return [.. result.GetProperty("values").EnumerateArray().Select(value => value.GetDouble())];
    }
}
