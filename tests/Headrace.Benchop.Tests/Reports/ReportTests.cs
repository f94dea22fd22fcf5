using System.Xml.Linq;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Reports;
using Xunit;
using static Headrace.Benchop.Tests.Ranking.Cells;

namespace Headrace.Benchop.Tests.Reports;

public sealed class ReportTests
{
    [Fact]
    public void Csv_quotes_what_has_commas_quotes_or_line_breaks() =>
        Assert.Equal(
            "a,b\n1,\"x, \"\"y\"\"\"",
            TableText.Of(
                TableFormat.Csv,
                ["a", "b"],
                [
                    ["1", "x, \"y\""],
                ],
                "unused"
            )
        );

    [Fact]
    public void Markdown_and_latex_escape_their_own_characters()
    {
        Assert.Equal(
            "| a | b |\n|---|---|\n| 1\\|2 | 3 |\n\nBelow.",
            TableText.Of(
                TableFormat.Markdown,
                ["a", "b"],
                [
                    ["1|2", "3"],
                ],
                "Below."
            )
        );
        var latex = TableText.Of(
            TableFormat.Latex,
            ["a_b", "c"],
            [
                ["5 %", "1 & 2"],
            ],
            "95 % of {all}"
        );
        Assert.Contains(@"\begin{tabular}{lr}", latex, StringComparison.Ordinal);
        Assert.Contains(@"a\_b & c \\", latex, StringComparison.Ordinal);
        Assert.Contains(@"5 \% & 1 \& 2 \\", latex, StringComparison.Ordinal);
        Assert.Contains(@"\caption{95 \% of \{all\}}", latex, StringComparison.Ordinal);
    }

    [Fact]
    public void The_matrix_has_a_row_for_each_method_and_marks_misses()
    {
        var run = Run(
            ["1b-I", "4"],
            ["cos", "alo", "rbf"],
            Timed("1b-I", "cos", 396),
            Timed("1b-I", "alo", 3.1, structure: true),
            Missed("1b-I", "rbf", 6e-4),
            Missed("4", "rbf", 2e-2),
            Timed("4", "cos", 1)
        );

        Assert.Equal(["Method", "1b-I", "4"], TimeMatrix.Headings(run));
        Assert.Equal(
            ["cos 4.0e-04 1.0e-06", "alo 3.1e-06S -", "rbf 7.0e-06* 7.0e-06**"],
            TimeMatrix.Rows(run).Select(row => string.Join(' ', row))
        );
        Assert.Contains("Test CPU, 2 cores", TimeMatrix.Caption(run), StringComparison.Ordinal);
        Assert.Contains("5 of 6 cells", TimeMatrix.Caption(run), StringComparison.Ordinal);
    }

    [Fact]
    public void A_plot_has_a_panel_for_each_problem_and_a_line_for_each_curve()
    {
        var curve = Timed("1b-I", "fd", 10) with
        {
            Curve = [new CurvePoint(5, 1e-2, 1, 1), new CurvePoint(10, 1e-3, 4, 4), new CurvePoint(20, 0, 16, 16)],
        };
        var run = Run(curve, Timed("1b-I", "<cos>", 20), Timed("4", "adi", 0), Cell.Empty("6", "fft", null, "No."));

        var svg = XDocument.Parse(WorkPrecisionPlot.Of(run, ["1b-I", "4", "6"]));

        XNamespace space = "http://www.w3.org/2000/svg";
        Assert.Equal(2, svg.Root!.Elements(space + "g").Count());
        var line = Assert.Single(svg.Descendants(space + "polyline"));
        Assert.Equal(3, line.Attribute("points")!.Value.Split(' ').Length);
        // Each point and each legend line has a mark.
        Assert.Equal(5 + 3, svg.Descendants(space + "circle").Count());
        Assert.Equal(2, svg.Descendants(space + "text").Count(t => t.Value == "target"));
        Assert.Contains(svg.Descendants(space + "text"), t => t.Value == "<cos>");
        var coordinates = svg.Descendants(space + "circle")
            .SelectMany(c => new[] { (double)c.Attribute("cx")!, (double)c.Attribute("cy")! });
        Assert.All(coordinates, c => Assert.InRange(c, 0, 560));
    }

    [Fact]
    public void Methods_of_one_colour_have_different_marks_and_the_legend_explains_structure()
    {
        var cells = Enumerable.Range(0, 17).Select(i => Timed("1b-I", $"m{i}", 10 + i, structure: i == 0)).ToArray();

        var svg = XDocument.Parse(WorkPrecisionPlot.Of(Run(cells), ["1b-I"]));

        XNamespace space = "http://www.w3.org/2000/svg";
        Assert.Equal(2 * 8, svg.Descendants(space + "circle").Count());
        Assert.Equal(2, svg.Descendants(space + "path").Select(mark => mark.Attribute("d")!.Value).Distinct().Count());
        Assert.Single(svg.Descendants(space + "text"), t => t.Value == "(S): uses structure");
    }
}
