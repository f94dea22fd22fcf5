using Headrace.Mpi;
using Headrace.RankWorker;
using Headrace.Tests.Worker.Exchange;
using Headrace.Worker;
using Headrace.Worker.Mpi;
using Headrace.Worker.Mpi.Processes;
using Xunit;

namespace Headrace.Tests.Mpi;

/// <summary>Tests what <c>MapRanks</c> accepts, and methods whose ranks are threads.</summary>
public sealed class MapRanksTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_job_has_the_same_result_with_any_number_of_ranks(int ranks)
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapRanks("total", Threads(ranks), RankMethods.All["total"]);
        await scene.JoinAsync(slots: 4);

        var (_, result) = await scene.EndOfAsync(await scene.SubmitAsync("total", """{"values":[1,2,3,40,500]}"""));

        Assert.Equal("546", result);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task An_exception_of_one_rank_ends_the_job_even_if_the_others_wait_for_it(int rank)
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapRanks("throw-on", Threads(3), RankMethods.All["throw-on"]);
        await scene.JoinAsync(slots: 3);

        var (row, _) = await scene.EndOfAsync(
            await scene.SubmitAsync(
                "throw-on",
                $$"""{"rank":{{rank}},"othersWait":true}""",
                with: spec => spec with { Retries = 0 }
            )
        );

        Assert.Equal($"rank {rank} failed", row.Error?.Message);
    }

    [Theory]
    [InlineData("trace", "00-0af7651916cd43dd8448eb211c80319c-")]
    [InlineData("trace-together", "2")]
    public async Task Threads_continue_the_trace_of_the_job(string method, string result)
    {
        await using var scene = await WorkerScene.StartAsync();
        scene.App.MapRanks(method, Threads(2), RankMethods.All[method]);
        await scene.JoinAsync(slots: 2);

        var (_, traced) = await scene.EndOfAsync(
            await scene.SubmitAsync(
                method,
                with: spec =>
                    spec with
                    {
                        Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                    }
            )
        );

        Assert.StartsWith(result, traced, StringComparison.Ordinal);
        if (method == "trace")
            Assert.EndsWith(" 0af7651916cd43dd8448eb211c80319c", traced, StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_occupies_a_slot_for_each_rank() =>
        Assert.Equal(3u, HeadraceWorker.Create([]).MapRanks("square", Threads(3), (long x) => x).Offer.Slots);

    [Fact]
    public void The_communicator_is_no_parameter_of_the_job()
    {
        var mapped = HeadraceWorker.Create([]).MapRanks("m", Threads(2), (ICommunicator ranks, int n) => n);

        Assert.Contains("\"n\"", mapped.Schema, StringComparison.Ordinal);
        Assert.DoesNotContain("ranks", mapped.Schema, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_outside_their_limits_are_reported()
    {
        var app = HeadraceWorker.Create([]);

        foreach (
            var options in (RankOptions[])
                [new() { Ranks = 0 }, new() { Ranks = 257 }, new() { BatchSize = 0 }, new() { BatchSize = 257 }]
        )
            Assert.Throws<ArgumentOutOfRangeException>(() => app.MapRanks("probe", options, () => { }));
    }

    [Fact]
    public void A_process_is_a_rank_if_a_worker_has_told_it_so()
    {
        Assert.Null(RankEnvironment.Read(static _ => null));
        Assert.Equal(
            new RankEnvironment("/s", "m@2", 7),
            RankEnvironment.Read(name =>
                name switch
                {
                    "HEADRACE_RANK_SOCKET" => "/s",
                    "HEADRACE_METHOD" => "m@2",
                    "HEADRACE_GROUP_EPOCH" => "7",
                    _ => null,
                }
            )
        );
    }

    [Fact]
    public void A_rank_that_makes_no_progress_has_no_pulse()
    {
        var pulse = new Pulse();

        pulse.Beat();
        Assert.True(pulse.HasProgressed());
        Assert.False(pulse.HasProgressed());
        pulse.EnterMethod();
        Assert.True(pulse.HasProgressed());
        Assert.True(pulse.HasProgressed());
        pulse.LeaveMethod();
        Assert.False(pulse.HasProgressed());
        pulse.Beat();
        Assert.True(pulse.HasProgressed());
    }

    private static RankOptions Threads(int ranks) =>
        new() { Ranks = ranks, Implementation = RankImplementation.Threads };
}
