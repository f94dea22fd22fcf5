namespace Headrace.Storage.Sqlite;

/// <summary>Which failures a committed batch survives.</summary>
internal enum Durability
{
    /// <summary>A power failure: each commit is synced to the disk (<c>fsync</c>).</summary>
    Fsync,

    /// <summary>
    /// A crash of the process, but not of the machine: the operating system decides when to write to the disk
    /// (<c>os</c>).
    /// </summary>
    Os,
}
