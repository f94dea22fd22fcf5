using System.Text.Json;
using Headrace.Apps.Pipeline.Simulating;
using Headrace.Client;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Apps.Pipeline;

/// <summary>Runs the methods of the pipeline as ordinary jobs. Open MPI is installed where the tests run.</summary>
[Trait("Needs", "Servers")]
public sealed class SimulateMethodTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_simulation_runs_on_two_ranks_and_occupies_one_slot()
    {
        await using var server = await RunningServer.StartAsync();

        var run = await server.CliAsync("run", "pipeline.simulate", "param=-7", "seed=5", "scale=0");
        var alone = await server.CliAsync("pipeline", "simulate", "--param", "-7", "--seed", "5", "--scale", "0");
        var method = await server.CliAsync("methods", "show", "pipeline.simulate", "--json");

        Assert.True(run.Code == 0, run.Error);
        var result = JsonElement.Parse(run.Out);
        Assert.Equal(2, result.GetProperty("ranks").GetInt32());
        Assert.StartsWith("Open MPI", result.GetProperty("mpi").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            Simulation.ValueOf(Simulation.PartOf(-7, 5, 0, 1)),
            result.GetProperty("value").GetInt32()
        );
        Assert.Equal(
            $$"""{"param":-7,"value":{{result.GetProperty("value").GetInt32()}},"ranks":1,"mpi":null}""" + "\n",
            alone.Out
        );
        Assert.Contains("2 ranks, Open MPI", method.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("param=9007199254740992")]
    [InlineData("param=1.5")]
    [InlineData("param=1 scale=-1")]
    [InlineData("scale=1")]
    public async Task Params_that_are_not_valid_are_rejected_before_a_job_exists(string arguments)
    {
        await using var server = await RunningServer.StartAsync("--store", "memory");

        var run = await server.CliAsync(["run", "pipeline.simulate", .. arguments.Split(' ')]);

        Assert.Equal(2, run.Code);
        Assert.Contains("pipeline.simulate", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_simulation_whose_rank_is_killed_runs_again()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = PipelineScene.Connect(server);
        var submitted = await client.SubmitAsync(
            JobRequest.Create("pipeline.simulate", new { param = 424242, scale = 5, seed = 1 }),
            Stop
        );

        var rank = await Eventually.SeesAsync("a rank", FindRank, Eventually.WithProcesses);
        Signals.Send("KILL", int.Parse(rank, System.Globalization.CultureInfo.InvariantCulture));
        var ended = await client.WaitAsync(submitted.Id, Eventually.WithProcesses, Stop);

        Assert.True(ended.State == "succeeded", ended.Error?.Message);
        Assert.InRange(ended.Attempt, 2, 3);
        var attempts = await client.ListAttemptsAsync(submitted.Id, cancellationToken: Stop);
        Assert.Equal("crashed", attempts[0].Outcome);
    }

    /// <summary>Returns the process id of a rank; null if none is running.</summary>
    private static string? FindRank() =>
        Directory
            .EnumerateDirectories("/proc")
            .Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]))
            .FirstOrDefault(IsRank)
            is { } found
            ? Path.GetFileName(found)
            : null;

    private static bool IsRank(string folder)
    {
        try
        {
            return File.ReadAllText($"{folder}/cmdline").Contains("--param=424242", StringComparison.Ordinal)
                && File.ReadAllText($"{folder}/comm").Trim() == "headrace";
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
