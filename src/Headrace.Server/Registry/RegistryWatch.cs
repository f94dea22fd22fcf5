using System.Diagnostics.CodeAnalysis;
using Headrace.Core.Registry;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Registry;

/// <summary>
/// One subscriber to the documents of a kind. Changes wait in a bounded queue. If the queue is full, the subscriber
/// receives all documents instead. Only one thread at a time calls the subscriber: first the subscribing thread, then
/// thread pool threads, but never the shard's loop. The lock of the registry (the gate) also protects the fields of
/// this class.
/// </summary>
internal sealed partial class RegistryWatch(
    string kind,
    Action<RegistryChange> onChange,
    Lock gate,
    Func<IEnumerable<RegistryDocument>> documents,
    Action<RegistryWatch> remove,
    ILogger logger
) : IDisposable
{
    /// <summary>
    /// Maximum number of waiting changes. Sending more changes would take about as long as sending all documents.
    /// </summary>
    private const int MaxWaiting = 1_000;

    private readonly Queue<RegistryChange> _waiting = [];

    /// <summary>Whether the subscriber must receive all documents before any further change.</summary>
    private bool _mustReload = true;

    /// <summary>
    /// Whether a thread is calling the subscriber or has been scheduled to do so. The first of these threads is the
    /// subscribing thread.
    /// </summary>
    private bool _isRunning = true;
    private bool _isDisposed;

    /// <summary>Adds a change. The caller holds the lock.</summary>
    public void Post(RegistryChange change)
    {
        var isOfKind = change switch
        {
            RegistryChange.Put put => put.Document.Kind == kind,
            RegistryChange.Deleted deleted => deleted.Kind == kind,
            _ => true,
        };
        // The complete set of documents includes this change.
        if (!isOfKind || _mustReload)
            return;
        if (change is RegistryChange.Reloaded || _waiting.Count == MaxWaiting)
        {
            _waiting.Clear();
            _mustReload = true;
        }
        else
        {
            _waiting.Enqueue(change);
        }
        if (_isRunning)
            return;
        _isRunning = true;
        ThreadPool.UnsafeQueueUserWorkItem(static watch => watch.Run(), this, preferLocal: false);
    }

    /// <summary>Delivers the waiting changes on the calling thread.</summary>
    public void Run()
    {
        while (TryTake(out var change))
        {
            try
            {
                onChange(change);
            }
#pragma warning disable CA1031 // A subscriber that fails must not affect the others or end the process.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                SubscriberFailed(kind, failure);
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
            _isDisposed = true;
        remove(this);
    }

    private bool TryTake([NotNullWhen(true)] out RegistryChange? change)
    {
        IEnumerable<RegistryDocument> all;
        lock (gate)
        {
            if (_isDisposed || (!_mustReload && _waiting.Count == 0))
            {
                _isRunning = false;
                change = null;
                return false;
            }
            if (!_mustReload)
            {
                change = _waiting.Dequeue();
                return true;
            }
            _mustReload = false;
            all = documents();
        }
        // The collection is immutable, so it can be copied without the lock. The shard's loop therefore does not wait
        // for the copy.
        change = new RegistryChange.Reloaded([.. all]);
        return true;
    }

    [LoggerMessage(LogLevel.Error, "A subscriber to the registry documents of kind {Kind} failed")]
    private partial void SubscriberFailed(string kind, Exception failure);
}
