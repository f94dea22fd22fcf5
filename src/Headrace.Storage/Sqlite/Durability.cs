namespace Headrace.Storage.Sqlite;

/// <summary>What a commit survives.</summary>
internal enum Durability
{
    /// <summary>Power loss: each commit is synced to the disk (<c>fsync</c>).</summary>
    Fsync,

    /// <summary>
    /// The death of the process, not that of the machine: the operating system writes when it likes (<c>os</c>).
    /// </summary>
    Os,
}
