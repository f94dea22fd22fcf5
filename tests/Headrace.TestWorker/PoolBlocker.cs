using System.Net;
using System.Net.Sockets;
using System.Text;
using Headrace.Worker;

namespace Headrace.TestWorker;

/// <summary>
/// Occupies the whole thread pool, as a method that runs many blocking tasks in parallel does. The test controls it
/// over a connection that is served by threads outside the pool.
/// </summary>
internal static class PoolBlocker
{
    /// <summary>
    /// The number of work items that must wait in the pool's queue before the pool counts as occupied.
    /// </summary>
    private const int MinQueued = 100;

    /// <summary>
    /// Blocks until the test, which listens on the port, closes the connection. Sends the line <c>blocked</c> when the
    /// pool is occupied, and <c>stop</c> when the job is asked to stop.
    /// </summary>
    public static async Task<int> RunAsync(int port, int pieces, JobContext job, CancellationToken stop)
    {
        using var released = new ManualResetEventSlim();
        var test = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await test.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), stop);
        await using var asked = stop.Register(() => Report(test, "stop"));
        new Thread(() => WaitForTest(test, released)) { IsBackground = true }.Start();
        await Task.WhenAll(
            Enumerable
                .Range(0, pieces)
                .Select(async _ =>
                {
                    // Continues as a work item in the queue that all threads of the pool share.
                    await Task.Yield();
                    released.Wait(CancellationToken.None);
                })
        );
        return job.Attempt;
    }

    private static void WaitForTest(Socket test, ManualResetEventSlim released)
    {
        SpinWait.SpinUntil(() => ThreadPool.PendingWorkItemCount >= MinQueued);
        Report(test, "blocked");
        test.Receive(new byte[1]);
        released.Set();
    }

    private static void Report(Socket test, string line) => test.Send(Encoding.ASCII.GetBytes(line + "\n"));
}
