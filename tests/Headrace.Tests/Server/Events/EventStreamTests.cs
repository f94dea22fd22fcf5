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

/// <summary>Tests the times of a stream on a clock that the test advances.</summary>
public sealed class EventStreamTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly EventHub _hub;
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

        _time.Advance(EventStream.HeartbeatTime);

        Assert.Equal($"id: {_hub.Run:x8}-0\nevent: heartbeat\ndata: {{}}\n\n", await ReadAsync());
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

        _time.Advance(TimeSpan.FromMilliseconds(100));

        var both = await ReadAsync();
        Assert.Contains("-2\nevent: job\n", both, StringComparison.Ordinal);
        Assert.Contains("-3\nevent: job\n", both, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_ends_after_ten_minutes()
    {
        using var seat = _hub.TryEnter();
        var run = Start("start");
        await ReadAsync();
        _time.Advance(EventStream.MaxDuration);
        await ReadAsync();

        await Eventually.EndsAsync("the end of the stream", run);
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
        _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(
            $"id: {_hub.Run:x8}-{_hub.Last}\nevent: resync\ndata: {{\"reason\":\"behind\"}}\n\n",
            await ReadAsync()
        );
    }

    private Task Start(string? resync)
    {
        var reader = new EventReader(
            _hub,
            new EventFilter(TestCallers.Ada, JobFilter.Everything, only: null),
            position: 0
        );
        return new EventStream(_hub, reader, _pipe.Writer, _time).RunAsync(resync, _stop.Token);
    }

    private async Task<string> ReadAsync()
    {
        var read = await Eventually.EndsAsync("output of the stream", _pipe.Reader.ReadAsync(_stop.Token).AsTask());
        var text = Encoding.UTF8.GetString(read.Buffer);
        _pipe.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }

    private void Add(long id) =>
        _hub.Observe(
            new Effect.JobMoved(
                new JobRow(
                    new JobId(id),
                    new JobSpec
                    {
                        Queue = QueueName.Default,
                        Method = new MethodName("noop"),
                        Owner = "admin",
                    },
                    new JobStatus { State = JobState.Ready }
                ),
                JobState.None,
                default
            )
        );
}
