using System.Diagnostics.CodeAnalysis;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// A thread on which a store is written or read, one piece of work after the other. It waits for the disk, so it is its
/// own: no thread of the pool is blocked, and no busy pool delays it.
/// The queue needs no bound: the shard has one commit in flight, a reader one read.
/// <para>Without work it sleeps at once. A <c>BlockingCollection</c> spins first, and on few cores it does so at the
/// cost of whoever is about to bring the next work.</para>
/// </summary>
internal sealed class StoreThread : IAsyncDisposable
{
    private readonly Queue<Action> _work = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _closed;

    public StoreThread(string name) => new Thread(Run) { IsBackground = true, Name = name }.Start();

    /// <summary>
    /// Does the work on the thread; the caller goes on elsewhere, so that it never holds the thread up.
    /// </summary>
    public Task<T> DoAsync<T>(Func<T> work) => DoAsync(work, TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Does the work on the thread, and whoever awaits it goes on there, too, until it waits for something else: for
    /// the shard's loop, which answers, makes the next batch and hands it in.
    /// While there is work, loop and commits take turns on one thread, and no commit pays for waking two. It must not
    /// block.
    /// </summary>
    public Task<T> DoInTurnAsync<T>(Func<T> work) => DoAsync(work, TaskCreationOptions.None);

    private Task<T> DoAsync<T>(Func<T> work, TaskCreationOptions options)
    {
        var done = new TaskCompletionSource<T>(options);
        Post(() =>
        {
            T result;
            try
            {
                result = work();
            }
            // Whatever it is belongs to whoever asked for the work.
            catch (Exception failure)
            {
                done.SetException(failure);
                return;
            }
            done.SetResult(result);
        });
        return done.Task;
    }

    /// <summary>Does the work on the thread, after all that was given before. It must not throw.</summary>
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

    /// <summary>Ends after the work that was given.</summary>
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

    /// <summary>Waits for work; false when there is none and none will come.</summary>
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
