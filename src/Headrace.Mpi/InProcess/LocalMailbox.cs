namespace Headrace.Mpi.InProcess;

/// <summary>
/// Contains the messages that a rank has not received yet, and its receives that have not been matched with a message
/// yet. A message goes to the first receive that accepts it, and a receive gets the first message that it accepts.
/// </summary>
internal sealed class LocalMailbox
{
    private readonly object _lock = new();

    // Guarded by _lock.
    private readonly List<LocalMessage> _messages = [];
    private readonly List<LocalReceive> _receives = [];
    private Exception? _failure;

    public void Add(LocalMessage message)
    {
        lock (_lock)
        {
            var index = _receives.FindIndex(receive => receive.Accepts(message));
            if (index >= 0)
            {
                _receives[index].Message = message;
                _receives.RemoveAt(index);
            }
            else
            {
                _messages.Add(message);
            }
            Monitor.PulseAll(_lock);
        }
    }

    public void Add(LocalReceive receive)
    {
        lock (_lock)
        {
            var index = _messages.FindIndex(receive.Accepts);
            if (index < 0)
            {
                _receives.Add(receive);
                return;
            }
            receive.Message = _messages[index];
            _messages.RemoveAt(index);
        }
    }

    public void WaitFor(LocalReceive receive)
    {
        lock (_lock)
            while (receive.Message is null)
                WaitForChange();
    }

    public bool HasMessage(LocalReceive receive)
    {
        lock (_lock)
        {
            ThrowIfFailed();
            return receive.Message is not null;
        }
    }

    /// <summary>Returns the first message that a receive would get, without removing it.</summary>
    public LocalMessage WaitUntilFound(LocalReceive wanted)
    {
        lock (_lock)
        {
            LocalMessage? found;
            while ((found = _messages.Find(wanted.Accepts)) is null)
                WaitForChange();
            return found;
        }
    }

    public LocalMessage? Find(LocalReceive wanted)
    {
        lock (_lock)
        {
            ThrowIfFailed();
            return _messages.Find(wanted.Accepts);
        }
    }

    /// <summary>Ends the waits of this rank because another rank failed.</summary>
    public void Fail(Exception failure)
    {
        lock (_lock)
        {
            _failure ??= failure;
            Monitor.PulseAll(_lock);
        }
    }

    private void WaitForChange()
    {
        ThrowIfFailed();
        Monitor.Wait(_lock);
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
            throw new LocalGroupEndedException(_failure);
    }
}
