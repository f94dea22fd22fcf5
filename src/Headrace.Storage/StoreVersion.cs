namespace Headrace.Storage;

/// <summary>The schema version that this program reads and writes, shared by all stores (R26).</summary>
internal static class StoreVersion
{
    public const int Current = 9;
}
