using System.Text;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;
using Headrace.Worker.Methods;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Tests.Worker.Methods;

/// <summary>Runs a delegate for one job, in the same way as a worker does.</summary>
internal static class MethodRun
{
    public static Method Map(Delegate work, string name = "probe") =>
        new MethodTable().Add(name, parsed => Method.Of(parsed, work), nameof(work));

    public static string Schema(Delegate work) => Map(work).Schema;

    public static async Task<MethodEnd> RunAsync(
        Delegate work,
        string parameters = "",
        byte[]? body = null,
        string contentType = "",
        TimeProvider? clock = null
    )
    {
        using var attempt = Begin(parameters, body, contentType, clock);
        return await RunAsync(Map(work), attempt);
    }

    public static JobAttempt Begin(
        string parameters = "",
        byte[]? body = null,
        string contentType = "",
        TimeProvider? clock = null,
        Action<JobAttempt>? spoke = null,
        string traceparent = "",
        TimeSpan? timeLimit = null
    )
    {
        var job = new LeasedJob
        {
            Lease = new LeaseToken(new JobId(42), 3),
            Queue = "default",
            Method = "probe",
            Version = 1,
            Params = Encoding.UTF8.GetBytes(parameters),
            Body = body ?? [],
            ContentType = contentType,
            Traceparent = traceparent,
            TimeLimit = timeLimit is { } limit ? WireTime.Of(limit) : null,
        };
        return new JobAttempt(job, clock ?? TimeProvider.System, spoke ?? (_ => { }));
    }

    /// <summary>Runs one job.</summary>
    public static async Task<MethodEnd> RunAsync(Method method, JobAttempt attempt)
    {
        var clock = new BootClock();
        var inbox = new Inbox(new ThreadWakeSignal(clock), clock);
        new ExecutorRunner(method, inbox, clock).Run(attempt, slot: 0);
        var deadline = TimeSpan.FromSeconds(60);
        var start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < deadline)
        {
            while (inbox.TryDequeue(out var workerEvent))
                if (workerEvent is WorkerEvent.Ended ended && ended.Lease == attempt.Lease)
                    return ended.End;
            await Task.Run(() => inbox.Wait(deadline), TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"The attempt did not end within {deadline.TotalSeconds} s.");
    }

    /// <summary>Runs a delegate that must succeed, and returns its result as text.</summary>
    public static async Task<string> ResultAsync(Delegate work, string parameters = "", byte[]? body = null)
    {
        var end = await RunAsync(work, parameters, body);
        Assert.True(end.Kind == Kind.Succeeded, end.Error?.ToString());
        return Encoding.UTF8.GetString(end.Result.Span);
    }

    /// <summary>Runs a delegate that must be rejected, and returns the message.</summary>
    public static async Task<string> RejectionAsync(Delegate work, string parameters)
    {
        var end = await RunAsync(work, parameters);
        Assert.Equal(Kind.Rejected, end.Kind);
        Assert.False(end.Error!.Retryable);
        return end.Error.Message;
    }
}
