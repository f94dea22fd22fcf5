namespace Headrace.Server.Hosting;

/// <summary>Where a server keeps its jobs.</summary>
public enum StoreKind
{
    /// <summary>In the data folder.</summary>
    Sqlite,

    /// <summary>In the memory of the process; jobs end with it.</summary>
    Memory,
}

/// <summary>What an acknowledged job survives.</summary>
public enum StoreDurability
{
    /// <summary>A power failure: each commit is synced to the disk.</summary>
    Fsync,

    /// <summary>The end of the process. A power failure may lose the last seconds.</summary>
    Os,
}

/// <summary>Systems whose routes a server can serve beside its own.</summary>
public enum DemoSystem
{
    /// <summary>Hashing behind <c>/enqueue</c> and <c>/pullCompleted</c>.</summary>
    Seed001,
}
