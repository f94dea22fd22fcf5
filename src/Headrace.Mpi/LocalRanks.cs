using System.Runtime.ExceptionServices;
using Headrace.Mpi.InProcess;

namespace Headrace.Mpi;

/// <summary>
/// Runs ranks as threads of this process, without an MPI library. Use it to test a program, or to run it on a machine
/// without MPI.
/// </summary>
public static class LocalRanks
{
    /// <summary>The maximum number of ranks.</summary>
    public const int MaxSize = 256;

    /// <summary>
    /// Calls a function once for each rank, each in a separate thread, and returns when all calls have returned. If one
    /// call throws, the other calls stop waiting for messages, and the exception is rethrown.
    /// </summary>
    /// <typeparam name="T">The type of the results.</typeparam>
    /// <param name="size">The number of ranks, 1 to 256.</param>
    /// <param name="body">The function. Only the thread that runs it may use its communicator.</param>
    /// <param name="cancellationToken">Cancels the ranks that are waiting for a message.</param>
    /// <returns>The results in the order of the ranks.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of ranks is not between 1 and 256.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled while a rank was waiting.</exception>
    public static IReadOnlyList<T> Run<T>(
        int size,
        Func<ICommunicator, T> body,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(body);
        if (size is < 1 or > MaxSize)
            throw new ArgumentOutOfRangeException(nameof(size), size, $"Use 1 to {MaxSize} ranks.");
        var group = new LocalGroup(size);
        var results = new T[size];
        var returned = 0;
        var threads = Enumerable.Range(1, size - 1).Select(Start).ToList();
        using (cancellationToken.Register(() => group.Fail(new OperationCanceledException(cancellationToken))))
        {
            // Rank 0 runs in the calling thread.
            RunRank(0);
            foreach (var thread in threads)
                thread.Join();
        }
        // A cancellation after the last rank has returned has no effect.
        if (returned < size && group.Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        return results;

        Thread Start(int rank)
        {
            var thread = new Thread(() => RunRank(rank)) { IsBackground = true, Name = $"rank {rank}" };
            thread.Start();
            return thread;
        }

        // Catches every exception. The calling thread rethrows it after all ranks have ended.
        void RunRank(int rank)
        {
            try
            {
                results[rank] = body(group.World(rank));
                Interlocked.Increment(ref returned);
            }
            catch (LocalGroupEndedException)
            {
                // Another rank failed first. That rank's exception is the one to report.
            }
            catch (Exception failure)
            {
                group.Fail(failure);
            }
        }
    }

    /// <summary>
    /// Calls an action once for each rank, like <see cref="Run{T}(int, Func{ICommunicator, T}, CancellationToken)"/>.
    /// </summary>
    /// <param name="size">The number of ranks, 1 to 256.</param>
    /// <param name="body">The action. Only the thread that runs it may use its communicator.</param>
    /// <param name="cancellationToken">Cancels the ranks that are waiting for a message.</param>
    public static void Run(int size, Action<ICommunicator> body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        Run(
            size,
            ranks =>
            {
                body(ranks);
                return 0;
            },
            cancellationToken
        );
    }
}
