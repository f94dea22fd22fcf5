namespace Headrace.Storage;

/// <summary>The version of the rows that this program reads and writes, the same for every store (R26).</summary>
internal static class StoreVersion
{
    public const int Current = 4;
}
