using System.Text.Json;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Bench.Chaos;

[Trait("Needs", "Servers")]
public sealed class ChaosTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Jobs_acknowledged_under_faults_are_recorded_once_with_the_right_result_R1_R4_R6_R9_R17()
    {
        using var home = new TemporaryFolder();
        using var chaos = CliProcess.StartBench(home.Path, "chaos", "--for", "48s", "--json");
        chaos.StandardInput.Close();
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Limit);

        var (output, message) = (
            chaos.StandardOutput.ReadToEndAsync(late.Token),
            chaos.StandardError.ReadToEndAsync(late.Token)
        );
        await chaos.WaitForExitAsync(late.Token);

        // The assertion message is the standard error output, which contains the seed and the folder with the ledger,
        // the logs and the store.
        Assert.True(chaos.ExitCode == 0, await message);
        var rounds = (await output)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonElement.Parse(line))
            .ToList();
        Assert.NotEmpty(rounds);
        Assert.All(
            rounds,
            round =>
            {
                Assert.Equal(
                    (0, 0, 0),
                    (Number(round, "lost"), Number(round, "recordedTwice"), Number(round, "wrong"))
                );
                Assert.Equal(Number(round, "acknowledged"), Number(round, "recorded"));
                // A run without load or faults would prove nothing.
                Assert.InRange(Number(round, "acknowledged"), 100, int.MaxValue);
                Assert.InRange(Number(round.GetProperty("faults"), "KillWorker"), 5, int.MaxValue);
            }
        );
        Assert.InRange(rounds.Sum(round => Number(round, "ranMoreThanOnce")), 1, int.MaxValue);
        Assert.InRange(Number(rounds[0].GetProperty("faults"), "KillServer"), 1, int.MaxValue);
    }

    private static int Number(JsonElement round, string name) => round.GetProperty(name).GetInt32();
}
