using System.Text;
using Headrace.Protocol.Exchange;
using Headrace.Tests.Worker.Exchange;
using Headrace.Worker;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Tests.Worker.Methods;

public sealed class ResultTests
{
    private sealed record Point(double X, string? Label);

    public static TheoryData<Delegate, string, string> Results =>
        new()
        {
            { () => "text", "text/plain", "text" },
            { () => Encoding.UTF8.GetBytes("raw"), "application/octet-stream", "raw" },
            { () => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes("raw"), "application/octet-stream", "raw" },
            { () => 7, "application/json", "7" },
            { () => new Point(1.5, null), "application/json", """{"x":1.5,"label":null}""" },
            { () => (Point?)null, "application/json", "null" },
            { () => new MethodResult(Encoding.UTF8.GetBytes("<a/>"), "text/xml"), "text/xml", "<a/>" },
            { () => Task.FromResult("later"), "text/plain", "later" },
            { () => new ValueTask<int>(8), "application/json", "8" },
            {
                async Task<byte[]> () =>
                {
                    await Task.Yield();
                    return [65, 66];
                },
                "application/octet-stream",
                "AB"
            },
            { () => (object)new Point(2, "a"), "application/json", """{"x":2,"label":"a"}""" },
            { () => { }, "", "" },
            { () => Task.CompletedTask, "", "" },
            { () => ValueTask.CompletedTask, "", "" },
            { () => (string?)null, "", "" },
        };

    [Theory]
    [MemberData(nameof(Results), DisableDiscoveryEnumeration = true)]
    public async Task A_returned_value_is_serialized_according_to_its_type(
        Delegate method,
        string contentType,
        string text
    )
    {
        var end = await MethodRun.RunAsync(method);

        Assert.Equal(Kind.Succeeded, end.Kind);
        Assert.Equal((contentType, text), (end.ContentType, Encoding.UTF8.GetString(end.Result.Span)));
    }

    [Fact]
    public async Task Noop_returns_its_body_unchanged()
    {
        var method = Headrace.Worker.Methods.Noop.Map(HeadraceWorker.Create([])).Method;
        using var attempt = MethodRun.Begin("", [0, 255, 7], "image/png");

        var end = await MethodRun.RunAsync(method, attempt);

        Assert.Equal("image/png", end.ContentType);
        Assert.Equal<byte>([0, 255, 7], end.Result.Span);
    }

    [Fact]
    public async Task A_result_above_the_limit_fails_permanently_with_both_sizes()
    {
        var end = await MethodRun.RunAsync(() => new byte[(1 << 20) + 1]);

        Assert.Equal(Kind.TooLarge, end.Kind);
        Assert.Equal(("TooLarge", false), (end.Error!.Type, end.Error.Retryable));
        Assert.Contains(
            "1048577 bytes; the limit is 1048576",
            end.Error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Exceptions_determine_whether_the_job_is_retried()
    {
        var any = await MethodRun.RunAsync(int () => throw new InvalidDataException("no header"));
        var final = await MethodRun.RunAsync(int () => throw new JobFailedException("no licence", retryable: false));
        var again = await MethodRun.RunAsync(async Task<int> () =>
        {
            await Task.Yield();
            throw new JobFailedException("busy");
        });
        var rejected = await MethodRun.RunAsync(int () => throw new JobRejectedException("negative strike"));

        Assert.Equal(
            (Kind.Failed, "System.IO.InvalidDataException", "no header", true),
            (any.Kind, any.Error!.Type, any.Error.Message, any.Error.Retryable)
        );
        Assert.Contains(
            nameof(Exceptions_determine_whether_the_job_is_retried),
            any.Error.Detail,
            StringComparison.Ordinal
        );
        Assert.Equal((Kind.Failed, false), (final.Kind, final.Error!.Retryable));
        Assert.Equal((Kind.Failed, true), (again.Kind, again.Error!.Retryable));
        Assert.Equal(
            (Kind.Rejected, "negative strike", ""),
            (rejected.Kind, rejected.Error!.Message, rejected.Error.Detail)
        );
    }

    [Fact]
    public async Task Messages_of_any_length_and_content_can_be_sent()
    {
        var end = await MethodRun.RunAsync(int () =>
            throw new InvalidOperationException(new string('x', 10_000) + "\ud800")
        );

        Assert.True(end.Error!.Message.Length <= 4 << 10);
        Assert.Equal(
            end.Error,
            Assert
                .Single(Copy.Of(new ExchangeRequest { Outcomes = [new Outcome { Error = end.Error }] }).Outcomes)
                .Error
        );
    }

    [Fact]
    public async Task A_cancelled_method_ends_as_cancelled_whatever_it_throws()
    {
        using var attempt = MethodRun.Begin();
        var started = new TaskCompletionSource();
        var method = MethodRun.Map(
            async (CancellationToken stop) =>
            {
                started.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, stop).ContinueWith(_ => { }, TaskScheduler.Default);
                throw new IOException("broken pipe");
            }
        );

        var running = MethodRun.RunAsync(method, attempt);
        await started.Task;
        attempt.Cancel(Headrace.Core.Jobs.StopReason.Cancel);
        var end = await running;

        Assert.Equal(Kind.Cancelled, end.Kind);
        Assert.Equal("broken pipe", end.Error!.Message);
    }

    [Fact]
    public async Task A_method_that_cancels_itself_has_failed() =>
        Assert.Equal(Kind.Failed, (await MethodRun.RunAsync(int () => throw new OperationCanceledException())).Kind);

    [Fact]
    public async Task The_times_of_an_attempt_are_measured()
    {
        var end = await MethodRun.RunAsync(() =>
        {
            // Uses a few milliseconds of CPU time, in a loop that the optimizer cannot remove.
            var hash = 1u;
            for (var i = 0; i < 20_000_000; i++)
                hash = (hash * 16_777_619) ^ (uint)i;
            return hash;
        });

        Assert.True(end.Metrics!.Ended!.Value.ToTimeSpan() >= end.Metrics.Started!.Value.ToTimeSpan());
        Assert.InRange(end.Metrics.CpuMs, 0.5, 60_000);
    }

    [Fact]
    public async Task The_last_progress_text_and_the_end_of_the_log_are_kept()
    {
        var reports = 0;
        using var attempt = MethodRun.Begin(spoke: _ => reports++);
        var end = await MethodRun.RunAsync(
            MethodRun.Map(
                (JobContext job) =>
                {
                    for (var i = 0; i < 20_000; i++)
                        job.Log($"line {i}");
                    job.ReportProgress(2, "done");
                }
            ),
            attempt
        );

        var words = attempt.TakeReport();

        Assert.Equal(1, reports);
        Assert.Equal((1.0, "done"), (words.Progress!.Fraction, words.Progress.Text));
        var log = Encoding.UTF8.GetString(end.Log!);
        Assert.InRange(log.Length, (64 << 10) - 12, 64 << 10);
        Assert.StartsWith("line ", log, StringComparison.Ordinal);
        Assert.EndsWith("line 19999\n", log, StringComparison.Ordinal);
    }
}
