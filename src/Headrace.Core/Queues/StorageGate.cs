namespace Headrace.Core.Queues;

/// <summary>The space available to a store, in bytes.</summary>
/// <param name="Disk">Free disk space in the store's folder, for this user.</param>
/// <param name="Pages">Free space inside the database file.</param>
/// <param name="Ballast">
/// True if the ballast file exists at its full size. The ballast is not part of <paramref name="Disk"/>.
/// </param>
internal readonly record struct StorageRoom(long Disk, long Pages, bool Ballast);

/// <summary>
/// Decides whether jobs are accepted and started (R25). The gate closes below the low-water mark or after a commit that
/// ran out of space. It opens again at the high-water mark, once the ballast is restored. The ballast is a file as
/// large as the reserve; it is deleted when a commit runs out of space, so that running jobs can still be recorded on a
/// full disk.
/// </summary>
internal sealed record StorageGate(string Folder, long Reserve, bool Open = true)
{
    /// <summary>
    /// The gate closes below this value. Besides the ballast, one more reserve is left for running jobs.
    /// </summary>
    public long LowMark => Reserve;

    /// <summary>
    /// The gate opens at this value. It is one reserve above the low mark, so that small changes in disk usage do not
    /// toggle the gate.
    /// </summary>
    public long HighMark => 2 * Reserve;

    /// <summary>True if the ballast is missing and can be recreated while the required space stays free.</summary>
    public bool WantsBallast(StorageRoom room) => !room.Ballast && room.Disk >= Reserve && Free(room) >= Mark;

    /// <summary>Returns the gate for the given space.</summary>
    public StorageGate Look(StorageRoom room) => this with { Open = room.Ballast && Free(room) >= Mark };

    /// <summary>Explains why the gate is closed and what to do.</summary>
    public string Words(StorageRoom room) =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"The disk of '{Folder}' has {Megabytes(room.Disk):0.0} MB free; the server accepts and starts "
                + $"jobs again at {Megabytes(Needed(room)):0.0} MB. Running jobs continue and their results are "
                + $"recorded. Free disk space; the server detects it without a restart."
        );

    private long Mark => Open ? LowMark : HighMark;

    /// <summary>
    /// The free disk space needed to open the gate. The ballast requires disk space; the rest can also be free pages.
    /// </summary>
    private long Needed(StorageRoom room) => Missing(room) + Math.Max(0, HighMark - room.Pages);

    /// <summary>The space left once the ballast exists.</summary>
    private long Free(StorageRoom room) => room.Disk + room.Pages - Missing(room);

    private long Missing(StorageRoom room) => room.Ballast ? 0 : Reserve;

    private static double Megabytes(long bytes) => bytes / 1_048_576.0;
}
