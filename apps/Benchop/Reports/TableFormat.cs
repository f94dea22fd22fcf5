namespace Headrace.Apps.Benchop.Reports;

/// <summary>The format of a table.</summary>
internal enum TableFormat
{
    /// <summary>Aligned columns on a terminal; otherwise, tab-separated lines without headings.</summary>
    Text,
    Csv,
    Markdown,
    Latex,
}
