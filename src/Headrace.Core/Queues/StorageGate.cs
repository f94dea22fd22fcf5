namespace Headrace.Core.Queues;

/// <summary>The space available to a store, in bytes.</summary>
/// <param name="DiskBytes">Free disk space in the store's folder, for this user.</param>
/// <param name="FreePageBytes">Free space inside the database file.</param>
/// <param name="HasBallast">
/// True if the ballast file exists at its full size. The ballast is not part of <paramref name="DiskBytes"/>.
/// </param>
internal readonly record struct StorageSpace(long DiskBytes, long FreePageBytes, bool HasBallast);

/// <summary>
/// Decides whether jobs are accepted and started (R25). The gate closes below the low-water mark or after a commit that
/// ran out of space. It opens again at the high-water mark, once the ballast is restored. The ballast is a file as
/// large as the reserve. It is deleted when a commit runs out of space, so that the outcomes of running jobs can still
/// be recorded on a full disk.
/// </summary>
internal sealed record StorageGate(string Folder, long Reserve, bool IsOpen = true)
{
    /// <summary>
    /// Free space in bytes below which the gate closes. In addition to the ballast, this leaves one reserve for running
    /// jobs.
    /// </summary>
    public long LowWatermark => Reserve;

    /// <summary>
    /// Free space in bytes at which the gate opens. It is higher than the low-water mark by one reserve, so that small
    /// changes in disk usage do not toggle the gate.
    /// </summary>
    public long HighWatermark => 2 * Reserve;

    /// <summary>
    /// True if the ballast is missing and can be recreated without using any of the space that must stay free.
    /// </summary>
    public bool NeedsBallast(StorageSpace space) =>
        !space.HasBallast && space.DiskBytes >= Reserve && Free(space) >= Threshold;

    /// <summary>Returns the state of the gate for the given free space.</summary>
    public StorageGate Evaluate(StorageSpace space) =>
        this with
        {
            IsOpen = space.HasBallast && Free(space) >= Threshold,
        };

    /// <summary>Explains why the gate is closed and what to do.</summary>
    public Reason Message(StorageSpace space) =>
        Reason.Of(
            $"The disk that contains {Reason.Path(Folder, "the data folder")} has only "
                + $"{Megabytes(space.DiskBytes):0.0} MB free. The server accepts and starts jobs again when "
                + $"{Megabytes(Needed(space)):0.0} MB is free. Running jobs continue, and their results are recorded. "
                + $"Free some disk space; a restart is not necessary."
        );

    private long Threshold => IsOpen ? LowWatermark : HighWatermark;

    /// <summary>
    /// The free disk space needed to open the gate, in bytes. The ballast requires disk space; the rest can also be
    /// free pages.
    /// </summary>
    private long Needed(StorageSpace space) => Missing(space) + Math.Max(0, HighWatermark - space.FreePageBytes);

    /// <summary>The free space that remains once the ballast exists, in bytes.</summary>
    private long Free(StorageSpace space) => space.DiskBytes + space.FreePageBytes - Missing(space);

    private long Missing(StorageSpace space) => space.HasBallast ? 0 : Reserve;

    private static double Megabytes(long bytes) => bytes / 1_048_576.0;
}
