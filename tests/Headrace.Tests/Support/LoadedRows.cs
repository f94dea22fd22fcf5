using Headrace.Core;
using Xunit;

namespace Headrace.Tests.Support;

/// <summary>All rows that a job store loads.</summary>
internal static class LoadedRows
{
    public static async Task<List<StoredRow>> OfAsync(IJobStore jobStore)
    {
        var rows = new List<StoredRow>();
        await foreach (var row in jobStore.LoadAsync(TestContext.Current.CancellationToken))
            rows.Add(row);
        return rows;
    }
}
