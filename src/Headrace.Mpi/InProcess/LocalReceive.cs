using System.Runtime.InteropServices;

namespace Headrace.Mpi.InProcess;

/// <summary>A receive that waits in a mailbox, or has received its message.</summary>
internal sealed class LocalReceive(int context, int source, int tag)
{
    // Guarded by the lock of the mailbox.
    public LocalMessage? Message { get; set; }

    public bool Accepts(LocalMessage message) =>
        message.Context == context
        && (source == Ranks.Any || message.Source == source)
        && (tag == Tags.Any || message.Tag == tag);

    /// <summary>Copies the received message to the buffer.</summary>
    public MessageStatus CopyTo<T>(Span<T> buffer)
        where T : unmanaged
    {
        var message = Message!;
        var target = MemoryMarshal.AsBytes(buffer);
        if (message.Bytes.Length > target.Length)
            throw new MpiException(
                MpiErrorClass.Truncated,
                $"The message from rank {message.Source} with tag {message.Tag} is {message.Bytes.Length} bytes, but "
                    + $"the buffer holds only {target.Length}."
            );
        message.Bytes.CopyTo(target);
        return message.Status;
    }
}
