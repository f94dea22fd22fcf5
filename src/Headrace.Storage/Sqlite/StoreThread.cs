using System.Diagnostics.CodeAnalysis;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// A dedicated thread that runs store operations one after another. Store operations block on the disk. Running them on
/// this thread keeps them off the thread pool, and a busy pool cannot delay them. The queue needs no limit, because a
/// shard has at most one pending commit, and a reader has at most one read.
/// </summary>
/// <remarks>
/// The thread sleeps as soon as it has no work. A <c>BlockingCollection</c> would spin first. On a machine with few
/// cores, this would take CPU time from the thread that is about to supply the next work.
/// </remarks>
internal sealed class StoreThread : IAsyncDisposable
{
    private readonly Queue<Action> _work = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _closed;

    public StoreThread(string name) => new Thread(Run) { IsBackground = true, Name = name }.Start();

    /// <summary>
    /// Runs the work on this thread. The caller's continuation runs elsewhere, so that it never blocks this thread.
    /// </summary>
    public Task<T> RunAsync<T>(Func<T> work) => RunAsync(work, TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Runs the work on this thread, and then the caller's continuation until it awaits something else. This is meant
    /// for the shard loop, which responds, builds the next batch and submits it. Under load, the loop and the commits
    /// then share one thread, which saves two thread switches per commit. The continuation must not block.
    /// </summary>
    public Task<T> RunInlineAsync<T>(Func<T> work) => RunAsync(work, TaskCreationOptions.None);

    private Task<T> RunAsync<T>(Func<T> work, TaskCreationOptions options)
    {
        var done = new TaskCompletionSource<T>(options);
        Post(() =>
        {
            T result;
            try
            {
                result = work();
            }
            // Any exception is passed to the caller that requested the work.
            catch (Exception failure)
            {
                done.SetException(failure);
                return;
            }
            done.SetResult(result);
        });
        return done.Task;
    }

    /// <summary>Runs the work on this thread after all earlier work. The work must not throw.</summary>
    public void Post(Action work)
    {
        lock (_work)
        {
            if (_closed)
                throw new InvalidOperationException("The store is closed.");
            _work.Enqueue(work);
            Monitor.Pulse(_work);
        }
    }

    /// <summary>Stops the thread after all queued work has run.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_work)
        {
            _closed = true;
            Monitor.Pulse(_work);
        }
        await _ended.Task;
    }

    private void Run()
    {
        while (TryTake(out var work))
            work();
        _ended.SetResult();
    }

    /// <summary>Waits for work. Returns false if the queue is empty and the thread is closing.</summary>
    private bool TryTake([NotNullWhen(true)] out Action? work)
    {
        lock (_work)
        {
            while (!_work.TryDequeue(out work) && !_closed)
                Monitor.Wait(_work);
            return work is not null;
        }
    }
}
