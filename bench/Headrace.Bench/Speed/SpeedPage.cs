using System.Globalization;

namespace Headrace.Bench.Speed;

/// <summary>Formats the measured rows as a table and as a Markdown page that contains the table.</summary>
internal static class SpeedPage
{
    public static readonly IReadOnlyList<string> Headings =
    [
        "row",
        "per second",
        "µs CPU per job: server + workers + load",
        "all",
        "request p50 ms",
        "p99 ms",
        "bytes allocated per job: server + workers",
    ];

    public static IReadOnlyList<string> Row(SpeedRow row) =>
        [
            row.Title,
            Text($"{row.Rate:N0} ({row.MinRate:N0}–{row.MaxRate:N0})"),
            Text($"{row.Each.ServerMicros:0.0} + {row.Each.WorkerMicros:0.0} + {row.Each.LoadMicros:0.0}"),
            Text($"{row.Each.Micros:0.0}"),
            row.P50 == 0 ? "-" : Text($"{row.P50:0.00}"),
            row.P99 == 0 ? "-" : Text($"{row.P99:0.00}"),
            Text($"{row.Each.ServerBytes:N0} + {row.Each.WorkerBytes:N0}"),
        ];

    public static string Write(
        string name,
        string about,
        SpeedSurroundings surroundings,
        IReadOnlyList<string> headings,
        IEnumerable<IReadOnlyList<string>> rows
    ) =>
        $"""
            # `bench/run {name}`

            {surroundings.Describe}

            {Paragraph.Wrap(about)}

            {MarkdownTable.Of(headings, rows)}
            """;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
