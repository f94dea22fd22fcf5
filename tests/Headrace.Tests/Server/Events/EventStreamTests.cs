using System.IO.Pipelines;
using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Server.Events;
using Headrace.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Server.Events;

/// <summary>Tests the timing of an event stream, using a clock that the test advances.</summary>
public sealed class EventStreamTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly EventHub _hub;
    private volatile bool _isPermitted = true;
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(
        TestContext.Current.CancellationToken
    );

    public EventStreamTests() => _hub = new EventHub(_time);

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _hub.Dispose();
    }

    [Fact]
    public async Task A_stream_without_events_sends_a_heartbeat_with_its_position()
    {
        using var seat = _hub.TryEnter();
        var run = Start(resync: null);
        Assert.Equal($"id: {_hub.Run:x8}-0\nevent: heartbeat\ndata: {{}}\n\n", await ReadAsync());

        var next = await AdvanceUntilAsync("a heartbeat", EventStream.HeartbeatTime, ReadAsync());

        Assert.StartsWith($"id: {_hub.Run:x8}-0\nevent: heartbeat\ndata: {{}}\n\n", next, StringComparison.Ordinal);
        Assert.False(run.IsCompleted);
    }

    [Fact]
    public async Task Events_are_read_at_most_ten_times_per_second()
    {
        using var seat = _hub.TryEnter();
        _ = Start("start");
        await ReadAsync();
        Add(1);
        Assert.Contains($"id: {_hub.Run:x8}-1\nevent: job\n", await ReadAsync(), StringComparison.Ordinal);
        Add(2);
        Add(3);
        Assert.False(_pipe.Reader.TryRead(out _));

        var both = await AdvanceUntilAsync("the next read", TimeSpan.FromMilliseconds(100), ReadAsync());

        Assert.Contains("-2\nevent: job\n", both, StringComparison.Ordinal);
        Assert.Contains("-3\nevent: job\n", both, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_ends_after_ten_minutes()
    {
        using var seat = _hub.TryEnter();
        var run = Start("start");
        await ReadAsync();

        await AdvanceUntilAsync("the end of the stream", EventStream.MaxDuration, EndAsync());

        async Task<bool> EndAsync()
        {
            await run;
            return true;
        }
    }

    [Fact]
    public async Task A_stream_without_events_ends_with_the_next_heartbeat_after_its_caller_lost_its_permission()
    {
        using var seat = _hub.TryEnter();
        var run = Start("start");
        await ReadAsync();
        _isPermitted = false;

        await AdvanceUntilAsync("the end of the stream", EventStream.HeartbeatTime, EndAsync());

        Assert.False(_pipe.Reader.TryRead(out _));

        async Task<bool> EndAsync()
        {
            await run;
            return true;
        }
    }

    [Fact]
    public async Task A_reader_that_fell_behind_is_told_so_between_the_events()
    {
        using var seat = _hub.TryEnter();
        _ = Start("start");
        await ReadAsync();
        Add(1);
        await ReadAsync();
        for (var i = 0; i <= EventHub.Size; i++)
            Add(2);
        var next = await AdvanceUntilAsync("the next read", TimeSpan.FromMilliseconds(100), ReadAsync());

        Assert.Equal($"id: {_hub.Run:x8}-{_hub.Last}\nevent: resync\ndata: {{\"reason\":\"behind\"}}\n\n", next);
    }

    /// <summary>
    /// Advances the clock in steps until the task has ended, because the stream starts its timers on another thread.
    /// </summary>
    private async Task<T> AdvanceUntilAsync<T>(string what, TimeSpan step, Task<T> task)
    {
        await Eventually.HoldsAsync(
            what,
            () =>
            {
                if (!task.IsCompleted)
                    _time.Advance(step);
                return task.IsCompleted;
            }
        );
        return await task;
    }

    private Task Start(string? resync)
    {
        var reader = new EventReader(
            _hub,
            new EventFilter(TestCallers.Ada, JobFilter.Everything, only: null),
            position: 0
        );
        return new EventStream(_hub, reader, _pipe.Writer, () => Task.FromResult(_isPermitted), _time).RunAsync(
            resync,
            _stop.Token
        );
    }

    private async Task<string> ReadAsync()
    {
        var read = await Eventually.EndsAsync("output of the stream", _pipe.Reader.ReadAsync(_stop.Token).AsTask());
        var text = Encoding.UTF8.GetString(read.Buffer);
        _pipe.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }

    private void Add(long id)
    {
        var spec = new JobSpec
        {
            Queue = QueueName.Default,
            Method = new MethodName("noop"),
            Owner = "admin",
        };
        var row = new JobRow(new JobId(id), spec, new JobStatus { State = JobState.Ready });
        _hub.Observe([new Effect.JobMoved(row, JobState.None, default)]);
    }
}
