using System.Diagnostics;
using System.Text;
using Headrace.Mpi;
using Headrace.Worker;

namespace Headrace.RankWorker;

/// <summary>
/// Methods for tests. If a method takes a communicator, all ranks run each of the method's jobs together.
/// </summary>
public static class RankMethods
{
    public static IReadOnlyDictionary<string, Delegate> All { get; } =
        new Dictionary<string, Delegate>
        {
            ["square"] = (long x) => x * x,
            ["where"] = Where,
            ["throw"] = Throw,
            ["until-cancelled"] = UntilCancelled,
            ["report"] = Report,
            ["trace"] = (JobContext job) => $"{job.Traceparent ?? "none"} {Activity.Current?.TraceId}",
            ["trace-together"] = TraceTogether,
            ["total"] = Total,
            ["throw-on"] = ThrowOn,
            ["cancelled-together"] = CancelledTogether,
        };

    /// <summary>Runs for the given time, and returns the id of the process in which it ran.</summary>
    private static int Where(int milliseconds)
    {
        using var never = new ManualResetEventSlim();
        never.Wait(milliseconds);
        return Environment.ProcessId;
    }

    private static void Throw(string how) =>
        throw how switch
        {
            "reject" => new JobRejectedException("the input is invalid"),
            "fail" => new JobFailedException("it can never work", retryable: false),
            _ => new InvalidOperationException("it may work later"),
        };

    private static void UntilCancelled(CancellationToken cancellation)
    {
        cancellation.WaitHandle.WaitOne();
        cancellation.ThrowIfCancellationRequested();
    }

    private static MethodResult Report(JobContext job)
    {
        job.ReportProgress(0.5, "half");
        job.Log("a line");
        return new MethodResult(job.Body, $"text/x-{job.Id.Value}-{job.Attempt}");
    }

    /// <summary>
    /// Adds up the values, each of which belongs to one rank, and checks that neighbouring ranks agree on the total.
    /// </summary>
    private static long Total(ICommunicator ranks, long[] values)
    {
        var mine = 0L;
        for (var i = ranks.Rank; i < values.Length; i += ranks.Size)
            mine += values[i];
        var sum = new long[1];
        ranks.AllReduce<long>([mine], sum, ReduceOperation.Sum);
        var (next, last) = ((ranks.Rank + 1) % ranks.Size, (ranks.Rank + ranks.Size - 1) % ranks.Size);
        var seen = new long[1];
        var receive = ranks.StartReceive<long>(seen, last);
        ranks.Send<long>(sum, next);
        receive.Wait();
        return seen[0] == sum[0] ? sum[0] : throw new InvalidOperationException("the ranks disagree");
    }

    /// <summary>Returns the number of ranks that received the trace context of the job that rank 0 received.</summary>
    private static int TraceTogether(ICommunicator ranks, JobContext job)
    {
        var expected = new byte[55];
        if (ranks.Rank == 0)
            Encoding.ASCII.GetBytes(job.Traceparent!, expected);
        ranks.Broadcast<byte>(expected);
        var sum = new int[1];
        int[] own = [job.Traceparent == Encoding.ASCII.GetString(expected) ? 1 : 0];
        ranks.AllReduce<int>(own, sum, ReduceOperation.Sum);
        return sum[0];
    }

    /// <summary>
    /// Throws an exception on one rank while the others may be waiting for that rank. If the rank is -1, returns
    /// whether any messages from an earlier job remain.
    /// </summary>
    private static string ThrowOn(ICommunicator ranks, int rank, bool othersWait = false)
    {
        if (rank < 0)
        {
            ranks.Barrier();
            var isLeft = ranks.TryProbe(out _);
            ranks.Barrier();
            return isLeft ? "a message is left" : "clean";
        }
        // Sends a message that no rank receives.
        ranks.Send<int>([1], (ranks.Rank + 1) % ranks.Size);
        if (ranks.Rank == rank)
            throw new InvalidOperationException($"rank {rank} failed");
        if (othersWait)
            ranks.Receive<int>(new int[1], rank, 77);
        return "";
    }

    /// <summary>Rank 0 waits until it is cancelled, and then notifies the others.</summary>
    private static void CancelledTogether(ICommunicator ranks, CancellationToken cancellation)
    {
        if (ranks.Rank == 0)
            cancellation.WaitHandle.WaitOne();
        ranks.Broadcast<byte>(new byte[1]);
        throw new OperationCanceledException("all ranks have stopped");
    }
}
