namespace Headrace.Core.Registry;

/// <summary>
/// Reads a page of records. All stores use this class, so their pages end at the same record. A page ends after the
/// requested number of records, or after <see cref="RegistryLimits.RecordPageBytes"/>.
/// </summary>
internal static class RecordScan
{
    /// <summary>Bounds that lie below and above every id, for a page that starts at the first record.</summary>
    private const string BeforeFirst = "";
    private const string AfterLast = "\u007f";

    /// <summary>The id after which the page starts. No record with this id need exist.</summary>
    public static string Start(RowKey.Records key) =>
        key.After ?? (key.Order == RecordOrder.OldestFirst ? BeforeFirst : AfterLast);

    /// <summary>Builds the page from the records after its start. The records must be in page order.</summary>
    public static RecordPage Read(RowKey.Records key, IEnumerable<RegistryRecord> records)
    {
        var page = new List<RegistryRecord>();
        var bytes = 0L;
        var maxCount = Math.Clamp(key.MaxCount, 1, RegistryLimits.RecordsPerPage);
        foreach (var record in records)
        {
            if (page.Count == maxCount || bytes >= RegistryLimits.RecordPageBytes)
                return new RecordPage(page, IsLast: false);
            page.Add(record);
            bytes += record.Json.Length;
        }
        return new RecordPage(page, IsLast: true);
    }
}
