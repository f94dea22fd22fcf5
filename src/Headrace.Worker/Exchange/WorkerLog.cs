using Headrace.Protocol.Local;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Writes the worker's messages on a separate thread. Standard error may be a pipe that nobody reads, or it may be
/// locked by a method that is blocked on it. The loop must not wait in either case.
/// </summary>
internal sealed class WorkerLog
{
    /// <summary>Maximum number of messages that are waiting to be written. Further messages are dropped.</summary>
    private const int MaxPending = 100;

    private readonly TextWriter _output;

    // This is not a Lock, because the threads wait on it with Monitor.Wait.
    private readonly object _gate = new();

    // Guarded by _gate: the messages, and whether one of them is being written.
    private readonly Queue<string> _pending = [];
    private bool _isWriting;
    private bool _isClosed;

    public WorkerLog(TextWriter output)
    {
        _output = output;
        new Thread(Run) { IsBackground = true, Name = "Headrace log" }.Start();
    }

    /// <summary>Queues a message to be written. Never waits.</summary>
    public void Write(string message)
    {
        lock (_gate)
        {
            if (_isClosed || _pending.Count == MaxPending)
                return;
            _pending.Enqueue(message);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until all messages are written, but no longer than the timeout, and ends the thread.</summary>
    public void Close(TimeSpan timeout)
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
            while (_pending.Count > 0 || _isWriting)
                if (!Monitor.Wait(_gate, timeout))
                    return;
        }
    }

    private void Run()
    {
        // Messages contain texts from the server and from method errors.
        while (TakeNext() is { } message)
            StandardError.WriteLine(_output, message);
    }

    private string? TakeNext()
    {
        lock (_gate)
        {
            _isWriting = false;
            Monitor.PulseAll(_gate);
            while (_pending.Count == 0 && !_isClosed)
                Monitor.Wait(_gate);
            _isWriting = _pending.TryDequeue(out var message);
            return message;
        }
    }
}
