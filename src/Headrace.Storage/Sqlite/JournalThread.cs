using System.Collections.Concurrent;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// The thread on which all writing happens, in the order given. A commit waits for the disk, so it has a thread of its own: no pool thread is blocked, and no
/// busy pool delays it. The queue needs no bound: the shard has one commit in flight.
/// </summary>
internal sealed class JournalThread : IAsyncDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public JournalThread() => new Thread(Run) { IsBackground = true, Name = "journal" }.Start();

    /// <summary>Does the work on the thread; the caller goes on elsewhere, so that it never holds the thread up.</summary>
    public Task<T> DoAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            // Whatever it is belongs to whoever asked for the work.
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        return done.Task;
    }

    /// <summary>Does the work on the thread, after all that was given before. It must not throw.</summary>
    public void Post(Action work) => _work.Add(work);

    /// <summary>Ends after the work that was given.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.CompleteAdding();
        await _ended.Task;
        _work.Dispose();
    }

    private void Run()
    {
        foreach (var work in _work.GetConsumingEnumerable()) work();
        _ended.SetResult();
    }
}
