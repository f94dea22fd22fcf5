using System.Globalization;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Mpi;

/// <summary>Runs methods on ranks as a user would, with a server, a worker and a command.</summary>
[Trait("Needs", "Servers")]
public sealed class MapRanksEndToEndTests
{
    [Fact]
    public async Task The_sample_returns_what_one_process_computes()
    {
        await using var server = await RunningServer.StartAsync();
        using var worker = server.StartWorker("Heat", [], "--slots", "2");
        try
        {
            await server.WaitForMethodAsync("heat");

            var heat = await server.CliAsync("run", "heat", "cells=300", "steps=50");
            var pi = await server.CliAsync("run", "pi", "seed=7", "samples=1000");

            Assert.True(heat.Code == 0, heat.Error);
            Assert.Equal(MeanOfRod(300, 50), double.Parse(heat.Out, CultureInfo.InvariantCulture));
            Assert.True(pi.Code == 0, pi.Error);
            Assert.Equal(Pi(7, 1_000), double.Parse(pi.Out, CultureInfo.InvariantCulture));
        }
        finally
        {
            await StopAsync(worker);
        }
    }

    [Theory]
    [InlineData("OpenMpi")]
    [InlineData("Mpich")]
    public async Task A_killed_rank_is_started_again_and_the_next_job_succeeds(string implementation)
    {
        await using var server = await RunningServer.StartAsync();
        using var worker = server.StartWorker(
            "Headrace.RankWorker",
            [("RANK_IMPLEMENTATION", implementation)],
            "--slots",
            "2"
        );
        try
        {
            await server.WaitForMethodAsync("where");

            var first = await server.CliAsync("run", "where", "milliseconds=1");
            Assert.True(first.Code == 0, first.Error);
            Signals.Send("KILL", int.Parse(first.Out, CultureInfo.InvariantCulture));
            var second = await server.CliAsync("run", "where", "milliseconds=1");

            Assert.True(second.Code == 0, second.Error);
            Assert.NotEqual(first.Out, second.Out);
        }
        finally
        {
            await StopAsync(worker);
        }
    }

    /// <summary>Stops a worker, which ends its ranks.</summary>
    private static async Task StopAsync(System.Diagnostics.Process worker)
    {
        if (!worker.HasExited)
            Signals.Send("TERM", worker.Id);
        await worker.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static double MeanOfRod(int cells, int steps)
    {
        var (now, next) = (new double[cells + 2], new double[cells + 2]);
        now.AsSpan(1, cells).Fill(100);
        for (var step = 0; step < steps; step++)
        {
            for (var i = 1; i <= cells; i++)
                next[i] = now[i] + (0.25 * (now[i - 1] - (2 * now[i]) + now[i + 1]));
            (now, next) = (next, now);
        }
        return now.Skip(1).Take(cells).Sum() / cells;
    }

    private static double Pi(int seed, int samples)
    {
        var random = new Random(seed);
        var inside = 0;
        for (var i = 0; i < samples; i++)
            if (Math.Pow(random.NextDouble(), 2) + Math.Pow(random.NextDouble(), 2) < 1)
                inside++;
        return 4.0 * inside / samples;
    }
}
