using Headrace.Server.Pools;
using Xunit;

namespace Headrace.Tests.Server.Pools;

public sealed class WorkerLogsTests
{
    private readonly WorkerLogs _logs = new(TimeProvider.System);

    [Fact]
    public void The_last_lines_are_returned_or_those_after_a_number()
    {
        Write("w1", 5);

        Assert.Equal(["line 4", "line 5"], Read("w1", null, 2));
        Assert.Equal(["line 3", "line 4"], Read("w1", 2, 2));
        Assert.Empty(Read("w1", 5, 10)!);
        Assert.Null(Read("w2", null, 10));
        Assert.Equal(["w1"], _logs.Workers);
    }

    [Fact]
    public void A_number_of_an_earlier_server_returns_all_lines()
    {
        Write("w1", 2);

        Assert.Equal(["line 1", "line 2"], Read("w1", 5_000, 10));
    }

    [Fact]
    public void Old_lines_are_dropped_when_there_are_too_many_or_they_are_too_long()
    {
        Write("w1", WorkerLogs.MaxLines + 10);
        _logs.Add("w2", 1, "short");
        for (var i = 0; i < 20; i++)
            _logs.Add("w2", 1, new string('x', 4 << 10));

        var lines = Read("w1", null, int.MaxValue)!;
        Assert.Equal((WorkerLogs.MaxLines, "line 11"), (lines.Count, lines[0]));
        Assert.Equal(16, Read("w2", null, int.MaxValue)!.Count);
    }

    [Fact]
    public void The_worker_that_wrote_least_recently_is_dropped_when_there_are_too_many()
    {
        for (var i = 0; i < WorkerLogs.MaxWorkers; i++)
            Write($"w{i}", 1);
        Write("w0", 1);

        Write("another", 1);

        Assert.Null(Read("w1", null, 1));
        Assert.NotNull(Read("w0", null, 1));
        Assert.Equal(WorkerLogs.MaxWorkers, _logs.Workers.Count);
    }

    [Fact]
    public async Task A_reader_waits_for_the_next_line_also_of_a_worker_that_has_written_nothing()
    {
        var first = _logs.WaitAsync("w1", 0, TestContext.Current.CancellationToken);
        Assert.False(first.IsCompleted);

        Write("w1", 1);
        await Eventually.EndsAsync("the first line", first);
        var second = _logs.WaitAsync("w1", 1, TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted);
        Assert.True(_logs.WaitAsync("w1", 0, TestContext.Current.CancellationToken).IsCompleted);

        Write("w1", 1);
        await Eventually.EndsAsync("the second line", second);
    }

    private void Write(string worker, int lines)
    {
        for (var i = 1; i <= lines; i++)
            _logs.Add(worker, 1, $"line {i}");
    }

    private List<string>? Read(string worker, long? after, int top) =>
        _logs.Read(worker, after, top)?.Select(line => line.Text).ToList();
}
