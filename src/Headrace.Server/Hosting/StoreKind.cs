namespace Headrace.Server.Hosting;

/// <summary>Where a server stores its jobs.</summary>
public enum StoreKind
{
    /// <summary>Jobs are stored in a database in the data folder.</summary>
    Sqlite,

    /// <summary>Jobs are stored in the memory of the process and are lost when the process ends.</summary>
    Memory,
}

/// <summary>The kinds of failures that an acknowledged job survives.</summary>
public enum StoreDurability
{
    /// <summary>The job survives a power failure, because each commit is synced to disk.</summary>
    Fsync,

    /// <summary>
    /// The job survives a crash of the process. After a power failure, jobs from the last few seconds may be lost.
    /// </summary>
    Os,
}

/// <summary>Demo systems that a server can imitate: it serves their routes and has their worker pools.</summary>
[Flags]
public enum DemoSystems
{
    None = 0,

    /// <summary>SHA-512 hashing through <c>/enqueue</c> and <c>/pullCompleted</c>.</summary>
    Seed001 = 1,

    /// <summary>
    /// The pipeline prototype, which has no routes: a pool of its own bounds how many simulations run at a time.
    /// </summary>
    Seed003 = 2,

    /// <summary>BENCHOP as a service: option pricing methods, measured and ranked.</summary>
    Seed004 = 4,
}
