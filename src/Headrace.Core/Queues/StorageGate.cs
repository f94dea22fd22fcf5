namespace Headrace.Core.Queues;

/// <summary>What a store has to grow in, in bytes.</summary>
/// <param name="Disk">Free on the disk of its folder, for this user.</param>
/// <param name="Pages">Free inside its file.</param>
/// <param name="Ballast">
/// The ballast lies on the disk at its full size; it is no part of <paramref name="Disk"/>.
/// </param>
internal readonly record struct StorageRoom(long Disk, long Pages, bool Ballast);

/// <summary>
/// Whether new jobs are taken and started (R25): closed below the low-water mark and after a commit that found no room,
/// open from the high-water mark once the ballast is back.
/// The ballast is a file as large as the reserve, given up when a commit fits no more: so what runs can be recorded on
/// a full disk.
/// </summary>
internal sealed record StorageGate(string Folder, long Reserve, bool Open = true)
{
    /// <summary>Closes below: beside the ballast, as much again is left for what runs.</summary>
    public long LowMark => Reserve;

    /// <summary>
    /// Opens from here: a reserve above the low mark, so that it does not open and close with every file that comes and
    /// goes.
    /// </summary>
    public long HighMark => 2 * Reserve;

    /// <summary>True when the ballast is missing and can lie again with the mark still free beside it.</summary>
    public bool WantsBallast(StorageRoom room) => !room.Ballast && room.Disk >= Reserve && Free(room) >= Mark;

    /// <summary>The gate after a look at the room.</summary>
    public StorageGate Look(StorageRoom room) => this with { Open = room.Ballast && Free(room) >= Mark };

    /// <summary>Why it is closed, with what to do about it.</summary>
    public string Words(StorageRoom room) =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"The disk of '{Folder}' has {Megabytes(room.Disk):0.0} MB free; jobs are taken and started again from {Megabytes(Needed(room)):0.0} MB. What runs goes on and is recorded. Free room there: the server sees it by itself."
        );

    private long Mark => Open ? LowMark : HighMark;

    /// <summary>
    /// What must be free on the disk for the gate to open: the ballast needs disk, the rest may also be pages.
    /// </summary>
    private long Needed(StorageRoom room) => Missing(room) + Math.Max(0, HighMark - room.Pages);

    /// <summary>What is left once the ballast lies.</summary>
    private long Free(StorageRoom room) => room.Disk + room.Pages - Missing(room);

    private long Missing(StorageRoom room) => room.Ballast ? 0 : Reserve;

    private static double Megabytes(long bytes) => bytes / 1_048_576.0;
}
