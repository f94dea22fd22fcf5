using Headrace.Mpi.Native;

namespace Headrace.Mpi.InProcess;

/// <summary>A receive into memory, or a send. A send completes immediately, because it copies the message.</summary>
internal sealed class LocalTransfer<T>(LocalMailbox mailbox, LocalReceive? receive, Memory<T> buffer) : PendingTransfer
    where T : unmanaged
{
    private MessageStatus _status;
    private bool _isComplete = receive is null;

    public override MessageStatus Wait()
    {
        if (!_isComplete)
        {
            mailbox.WaitFor(receive!);
            Complete();
        }
        return _status;
    }

    public override bool TryComplete(out MessageStatus status)
    {
        if (!_isComplete && mailbox.HasMessage(receive!))
            Complete();
        status = _status;
        return _isComplete;
    }

    private protected override int WaitForOne(ReadOnlySpan<PendingTransfer> transfers)
    {
        for (var backOff = new PollingBackOff(); ; backOff.Wait())
            for (var i = 0; i < transfers.Length; i++)
                if (transfers[i].TryComplete(out _))
                    return i;
    }

    private void Complete()
    {
        _isComplete = true;
        _status = receive!.CopyTo(buffer.Span);
    }
}
