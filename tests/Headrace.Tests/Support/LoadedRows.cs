using Headrace.Core;
using Xunit;

namespace Headrace.Tests.Support;

/// <summary>All that a journal loads.</summary>
internal static class LoadedRows
{
    public static async Task<List<StoredRow>> OfAsync(IJournal journal)
    {
        var rows = new List<StoredRow>();
        await foreach (var row in journal.LoadAsync(TestContext.Current.CancellationToken))
            rows.Add(row);
        return rows;
    }
}
