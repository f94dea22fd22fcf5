namespace Headrace.Core.Registry;

/// <summary>The limits of the registry, and the format of its names.</summary>
internal static class RegistryLimits
{
    /// <summary>Maximum size of the JSON text of a document or a record, in bytes.</summary>
    public const int DocumentBytes = 64 << 10;

    /// <summary>Maximum number of documents.</summary>
    public const int Documents = 100_000;

    /// <summary>Maximum total size of all documents with their names, in bytes.</summary>
    public const long TotalBytes = 64 << 20;

    /// <summary>
    /// Maximum number of writes in one command. At the maximum content size, they total 6.25 MB, which is less than the
    /// maximum size of a batch (R1).
    /// </summary>
    public const int WritesPerCommand = 100;

    /// <summary>Maximum total number of registry writes in the jobs of one submission.</summary>
    public const int WritesPerSubmission = 8;

    /// <summary>Maximum number of records in a page, and the size in bytes at which a page ends.</summary>
    public const int RecordsPerPage = 1_000;
    public const int RecordPageBytes = 1 << 20;

    public const int MaxIdLength = 128;

    public const string IdDescription = "1 to 128 printable ASCII characters without spaces";

    /// <summary>
    /// Ids contain only ASCII characters, so that all stores sort them identically, and no spaces, so that messages can
    /// quote them.
    /// </summary>
    public static bool IsId(string? text)
    {
        if (text is null or { Length: 0 or > MaxIdLength })
            return false;
        foreach (var c in text)
            if (c is <= ' ' or > '~')
                return false;
        return true;
    }

    public static long SizeOf(string kind, string id, int jsonBytes) => kind.Length + id.Length + jsonBytes;
}
