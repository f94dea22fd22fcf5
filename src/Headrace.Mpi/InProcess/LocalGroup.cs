namespace Headrace.Mpi.InProcess;

/// <summary>
/// The state that the ranks of one run share: a mailbox for each rank, and the next free communicator context.
/// </summary>
internal sealed class LocalGroup
{
    /// <summary>Number of contexts per communicator: one for messages, followed by one for collective calls.</summary>
    private const int ContextsEach = 2;

    private readonly LocalMailbox[] _mailboxes;
    private int _nextContext = ContextsEach;
    private Exception? _failure;

    public LocalGroup(int size)
    {
        _mailboxes = [.. Enumerable.Range(0, size).Select(_ => new LocalMailbox())];
    }

    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Creates the communicator that one rank uses to reach all ranks.</summary>
    public LocalCommunicator World(int rank) => new(this, 0, _mailboxes, rank);

    public int NewContext() => Interlocked.Add(ref _nextContext, ContextsEach) - ContextsEach;

    /// <summary>Ends every wait with the failure. The first failure is kept.</summary>
    public void Fail(Exception failure)
    {
        Interlocked.CompareExchange(ref _failure, failure, null);
        foreach (var mailbox in _mailboxes)
            mailbox.Fail(failure);
    }
}
