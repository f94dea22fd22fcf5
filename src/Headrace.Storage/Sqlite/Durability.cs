namespace Headrace.Storage.Sqlite;

/// <summary>The kinds of failures that a committed batch survives.</summary>
internal enum Durability
{
    /// <summary>The batch survives a power failure: each commit is synced to the disk (<c>fsync</c>).</summary>
    Fsync,

    /// <summary>
    /// The batch survives a crash of the process, but not of the machine: the operating system decides when to write
    /// the batch to the disk (<c>os</c>).
    /// </summary>
    Os,
}
