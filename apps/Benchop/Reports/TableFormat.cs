namespace Headrace.Apps.Benchop.Reports;

/// <summary>The format of a table.</summary>
internal enum TableFormat
{
    /// <summary>Columns on a terminal, otherwise lines with tabs and no headings.</summary>
    Text,
    Csv,
    Markdown,
    Latex,
}
