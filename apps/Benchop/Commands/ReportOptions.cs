using System.CommandLine;
using Headrace.Apps.Benchop.Ranking;
using Headrace.Apps.Benchop.Reports;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>Options of the commands that report on stored runs.</summary>
internal static class ReportOptions
{
    private const string AllGroups = "all";

    public static readonly Option<string?> Format = OneOf(
        "--format",
        "FORMAT",
        "The format: text, csv, markdown or latex. [default: text]",
        "text",
        "csv",
        "markdown",
        "latex"
    );
    public static readonly Option<string?> Group = OneOf(
        "--group",
        "GROUP",
        "The cells to rank: general, structure (those that use the structure of the problem), together, or all three. "
            + "[default: all]",
        "general",
        "structure",
        "together",
        AllGroups
    );

    public static TableFormat FormatOf(string? text) =>
        text is null ? TableFormat.Text : Enum.Parse<TableFormat>(text, ignoreCase: true);

    public static IReadOnlyList<RankedGroup> GroupsOf(string? text) =>
        text is null or AllGroups ? RunRanking.Groups : [Enum.Parse<RankedGroup>(text, ignoreCase: true)];

    public static Option<string?> OneOf(string name, string value, string description, params string[] values)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = value };
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
