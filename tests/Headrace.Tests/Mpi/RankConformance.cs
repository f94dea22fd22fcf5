using System.Text;
using Headrace.Worker.Warm;
using Xunit;

namespace Headrace.Tests.Mpi;

/// <summary>Tests the behaviour that the ranks of a mapped method must have with every library.</summary>
public abstract class RankConformance(string launcher)
{
    [Fact]
    public async Task Each_job_runs_once_and_both_ranks_run_some()
    {
        await using var group = await ScriptedSupervisor.StartAsync(launcher, "where");

        // Each round waits for all of its jobs. The first jobs are distributed among the ranks before their run time is
        // known.
        var processes = new HashSet<string>();
        for (var round = 0; round < 3; round++)
        {
            var ids = group.Call([.. Enumerable.Repeat(("""{"milliseconds":5}""", ""), 20)]);
            var ends = group.Ends(ids.Count);
            Assert.Equal(ids.Order(), ends.Keys.Order());
            processes.UnionWith(ends.Values.Select(TextOf));
        }

        Assert.Equal(2, processes.Count);
        Assert.Equal(0, (await group.StopAsync()).Code);
    }

    [Fact]
    public async Task Many_short_jobs_all_return_their_own_result()
    {
        await using var group = await ScriptedSupervisor.StartAsync(launcher, "square");

        for (var round = 0; round < 5; round++)
        {
            var ids = group.Call([.. Enumerable.Range(0, 256).Select(i => ($$"""{"x":{{i}}}""", ""))]);
            var ends = group.Ends(ids.Count);
            for (var i = 0; i < ids.Count; i++)
                Assert.Equal($"{(long)i * i}", TextOf(ends[ids[i]]));
        }

        Assert.Equal(0, (await group.StopAsync()).Code);
    }

    [Fact]
    public async Task A_job_that_all_ranks_run_together_has_one_result()
    {
        await using var group = await ScriptedSupervisor.StartAsync(launcher, "total", ranks: 3);

        for (var round = 1; round <= 3; round++)
        {
            var values = Enumerable.Range(0, 50 * round).Select(i => (long)i * i).ToArray();
            group.Call(($$"""{"values":[{{string.Join(',', values)}}]}""", ""));
            Assert.Equal($"{values.Sum()}", TextOf(Assert.Single(group.Ends(1)).Value));
        }

        Assert.Equal(0, (await group.StopAsync()).Code);
    }

    [Fact]
    public async Task A_job_receives_its_body_and_reports_progress_and_log_lines()
    {
        await using var group = await ScriptedSupervisor.StartAsync(launcher, "report");

        var id = Assert.Single(group.Call(("", "the body")));
        var others = new List<WarmFrame>();
        var result = Assert.IsType<WarmFrame.Result>(group.Ends(1, others)[id]);

        Assert.Equal("the body", TextOf(result));
        Assert.Equal($"text/x-{1_000 + id}-3", result.ContentType);
        Assert.Contains(new WarmFrame.Progress(id, 0.5, "half"), others);
        var log = Assert.Single(others.OfType<WarmFrame.Log>());
        Assert.Equal("a line", Encoding.UTF8.GetString(log.Lines.Span));
        Assert.Equal(0, (await group.StopAsync()).Code);
    }

    [Fact]
    public async Task Each_job_receives_its_own_trace_on_every_rank()
    {
        await using var group = await ScriptedSupervisor.StartAsync(launcher, "trace");

        string[] traces = [.. Enumerable.Range(1, 20).Select(TraceOf)];
        var ids = group.CallTraced(traces);
        var ends = group.Ends(ids.Count);
        var untraced = Assert.Single(group.Call(("", "")));

        for (var i = 0; i < ids.Count; i++)
            Assert.Equal($"{traces[i]} {traces[i].Split('-')[1]}", TextOf(ends[ids[i]]));
        Assert.Equal("none ", TextOf(group.Ends(1)[untraced]));
        Assert.Equal(0, (await group.StopAsync()).Code);
    }

    [Fact]
    public async Task All_ranks_that_run_a_job_together_receive_its_trace()
    {
        await using var group = await ScriptedSupervisor.StartAsync(launcher, "trace-together", ranks: 3);

        group.CallTraced(TraceOf(1), TraceOf(2));

        Assert.All(group.Ends(2).Values, end => Assert.Equal("3", TextOf(end)));
        Assert.Equal(0, (await group.StopAsync()).Code);
    }

    [Fact]
    public async Task An_exception_ends_only_its_job_and_states_whether_a_retry_helps()
    {
        await using var group = await ScriptedSupervisor.StartAsync(launcher, "throw");

        var ids = group.Call(
            ("""{"how":"reject"}""", ""),
            ("""{"how":"fail"}""", ""),
            ("""{"how":"retry"}""", ""),
            ("""{"who":1}""", "")
        );
        var ends = group.Ends(4);

        Assert.Equal(new WarmFrame.Error(ids[0], WarmErrorKind.Reject, "the input is invalid"), ends[ids[0]]);
        Assert.Equal(new WarmFrame.Error(ids[1], WarmErrorKind.Fail, "it can never work"), ends[ids[1]]);
        Assert.Equal(new WarmFrame.Error(ids[2], WarmErrorKind.Retry, "it may work later"), ends[ids[2]]);
        var rejected = Assert.IsType<WarmFrame.Error>(ends[ids[3]]);
        Assert.Equal(WarmErrorKind.Reject, rejected.Kind);
        Assert.Contains("$.how", rejected.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await group.StopAsync()).Code);
    }

    [Fact]
    public async Task A_cancelled_job_ends_wherever_it_is()
    {
        await using var group = await ScriptedSupervisor.StartAsync(launcher, "until-cancelled");

        // There are more jobs than both ranks can hold, so some are running and some are waiting.
        var ids = group.Call([.. Enumerable.Repeat(("", ""), 6)]);
        foreach (var id in Enumerable.Reverse(ids))
        {
            group.Send(new WarmFrame.Cancel(id));
            Assert.Equal(id, Assert.Single(group.Ends(1)).Key);
        }

        Assert.Equal(0, (await group.StopAsync()).Code);
    }

    [Fact]
    public async Task Ranks_that_run_a_job_together_stop_when_rank_0_is_cancelled()
    {
        await using var group = await ScriptedSupervisor.StartAsync(launcher, "cancelled-together");

        var id = Assert.Single(group.Call(("", "")));
        group.Send(new WarmFrame.Cancel(id));

        Assert.Equal(
            new WarmFrame.Error(id, WarmErrorKind.Retry, "all ranks have stopped"),
            Assert.Single(group.Ends(1)).Value
        );
        Assert.Equal(0, (await group.StopAsync()).Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_failure_of_one_rank_fails_the_job_and_its_messages_do_not_reach_the_next_job(int rank)
    {
        await using var group = await ScriptedSupervisor.StartAsync(launcher, "throw-on");

        var failed = Assert.Single(group.Call(($$"""{"rank":{{rank}}}""", "")));
        var error = Assert.IsType<WarmFrame.Error>(group.Ends(1)[failed]);
        var next = Assert.Single(group.Call(("""{"rank":-1}""", "")));
        var clean = group.Ends(1)[next];

        Assert.Equal((WarmErrorKind.Retry, $"rank {rank} failed"), (error.Kind, error.Message));
        Assert.Equal("clean", TextOf(clean));
        Assert.Equal(0, (await group.StopAsync()).Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task If_the_others_wait_for_a_rank_that_failed_the_job_fails_and_the_group_ends(int rank)
    {
        await using var group = await ScriptedSupervisor.StartAsync(launcher, "throw-on");

        var failed = Assert.Single(group.Call(($$"""{"rank":{{rank}},"othersWait":true}""", "")));
        var error = Assert.IsType<WarmFrame.Error>(group.Ends(1)[failed]);

        Assert.Equal($"rank {rank} failed", error.Message);
        Assert.NotEqual(0, (await group.ExitAsync()).Code);
    }

    [Fact]
    public async Task Every_rank_sends_heartbeats_while_it_runs_a_job()
    {
        await using var group = await ScriptedSupervisor.StartAsync(launcher, "where");

        group.Call(("""{"milliseconds":3000}""", ""));
        var before = (group.Heartbeats(0), group.Heartbeats(1));
        group.Ends(1);

        // The job lasts for six heartbeat intervals of half a second, but a busy machine may delay some heartbeats.
        Assert.True(group.Heartbeats(0) - before.Item1 >= 2, $"rank 0: {group.Heartbeats(0)}");
        Assert.True(group.Heartbeats(1) - before.Item2 >= 2, $"rank 1: {group.Heartbeats(1)}");
        Assert.Equal(0, (await group.StopAsync()).Code);
    }

    [Fact]
    public async Task The_ranks_exit_when_the_worker_dies()
    {
        await using var group = await ScriptedSupervisor.StartAsync(launcher, "until-cancelled");
        group.Call(("", ""));

        group.CloseConnections();

        Assert.NotEqual(0, (await group.ExitAsync()).Code);
    }

    private static string TextOf(WarmFrame end) =>
        Encoding.UTF8.GetString(Assert.IsType<WarmFrame.Result>(end).Bytes.Span);

    private static string TraceOf(int number) => $"00-{number:x32}-{number:x16}-01";
}
