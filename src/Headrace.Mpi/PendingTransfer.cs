namespace Headrace.Mpi;

/// <summary>
/// Represents a send or receive that has started. Its memory must not be used until it has completed, and each transfer
/// must be completed with <see cref="Wait"/> or <see cref="TryComplete"/> by the thread that started it.
/// </summary>
public abstract class PendingTransfer
{
    private protected PendingTransfer() { }

    /// <summary>Waits until the transfer has completed. Occupies a core while it waits.</summary>
    /// <returns>The message that was received; the default value for a send.</returns>
    /// <exception cref="MpiException">The transfer failed.</exception>
    public abstract MessageStatus Wait();

    /// <summary>Completes the transfer if that is possible without waiting.</summary>
    /// <param name="status">The message that was received; the default value for a send.</param>
    /// <returns>True if the transfer has completed.</returns>
    /// <exception cref="MpiException">The transfer failed.</exception>
    public abstract bool TryComplete(out MessageStatus status);

    /// <summary>Waits until all transfers have completed. Occupies a core while it waits.</summary>
    /// <param name="transfers">The transfers.</param>
    /// <exception cref="MpiException">A transfer failed. All transfers have ended.</exception>
    public static void WaitAll(params ReadOnlySpan<PendingTransfer> transfers)
    {
        // Each wait advances all transfers. MPI_Waitall of Open MPI 4.1 can loop forever if one of them fails.
        MpiException? first = null;
        foreach (var transfer in transfers)
        {
            try
            {
                transfer.Wait();
            }
            catch (MpiException failure)
            {
                first ??= failure;
            }
        }
        if (first is not null)
            throw first;
    }

    /// <summary>Waits until one of the transfers has completed. Occupies a core while it waits.</summary>
    /// <param name="transfers">The transfers, all from the same kind of communicator.</param>
    /// <returns>The index of a transfer that has completed, either now or earlier.</returns>
    /// <exception cref="ArgumentException">There is no transfer, or they are of different kinds.</exception>
    /// <exception cref="MpiException">The completed transfer failed.</exception>
    public static int WaitAny(params ReadOnlySpan<PendingTransfer> transfers) =>
        transfers.Length > 0
            ? transfers[0].WaitForOne(transfers)
            : throw new ArgumentException("There is no transfer to wait for.", nameof(transfers));

    private protected abstract int WaitForOne(ReadOnlySpan<PendingTransfer> transfers);
}
