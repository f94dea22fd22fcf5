using System.Globalization;
using System.Security;
using System.Text;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Runs;

namespace Headrace.Apps.Benchop.Reports;

/// <summary>
/// Work-precision diagrams as SVG: for each problem, the error of each method against its CPU time, both on
/// logarithmic axes. A method with a curve is drawn as a line, and any other method as a point.
/// </summary>
internal sealed class WorkPrecisionPlot
{
    private const int PanelWidth = 560;
    private const int PanelHeight = 380;
    private const int Left = 70;
    private const int Top = 40;
    private const int PlotWidth = 360;
    private const int PlotHeight = 280;
    private const int LegendLeft = Left + PlotWidth + 14;
    private const int LegendLine = 14;
    private const int PanelsPerRow = 2;

    /// <summary>Distance from the middle of a line of text to its baseline.</summary>
    private const int HalfText = 4;

    /// <summary>
    /// An error below this value is drawn at this value, because it is only a rounding error and zero has no logarithm.
    /// </summary>
    private const double SmallestError = 1e-16;

    /// <summary>
    /// A time in microseconds below this value is drawn at this value, because it is shorter than the clocks can
    /// resolve.
    /// </summary>
    private const double SmallestTime = 1e-3;

    // The colours of Okabe and Ito, which readers with a colour vision deficiency can tell apart. Methods beyond the
    // first eight have the same colours with dashes and with other marks.
    private static readonly string[] Colours =
    [
        "#0072B2",
        "#D55E00",
        "#009E73",
        "#CC79A7",
        "#E69F00",
        "#56B4E9",
        "#000000",
        "#999933",
    ];
    private static readonly string[] Dashes = ["none", "6 3", "2 2"];

    private readonly StringBuilder _svg = new();
    private readonly StoredRun _run;

    private WorkPrecisionPlot(StoredRun run)
    {
        _run = run;
    }

    /// <param name="problems">The problems to show; problems without any error are omitted.</param>
    public static string Of(StoredRun run, IEnumerable<string> problems)
    {
        var plot = new WorkPrecisionPlot(run);
        var cells = run.Results.Where(c => Points(c).Count > 0).ToLookup(c => c.Problem);
        List<string> shown = [.. problems.Where(p => cells[p].Any())];
        var columns = Math.Clamp(shown.Count, 1, PanelsPerRow);
        var rows = (shown.Count + PanelsPerRow - 1) / PanelsPerRow;
        var (width, height) = (columns * PanelWidth, rows * PanelHeight);
        plot.Line(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" "
                + $"viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\">"
        );
        plot.Line($"<title>{Escape($"Run {run.Header.Id}: error against CPU time")}</title>");
        plot.Line("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        for (var i = 0; i < shown.Count; i++)
            plot.Panel(shown[i], [.. cells[shown[i]]], i % PanelsPerRow * PanelWidth, i / PanelsPerRow * PanelHeight);

        plot.Line("</svg>");
        return plot._svg.ToString();
    }

    private static List<CurvePoint> Points(Cell cell)
    {
        if (cell.Curve.Count > 0)
            return [.. cell.Curve];

        return cell is { Error: { } error, Timing: { } timing, Work: { } work }
            ? [new CurvePoint(work, error, timing.CpuMicroseconds, timing.WallMicroseconds)]
            : [];
    }

    private void Panel(string problem, IReadOnlyList<Cell> cells, int x, int y)
    {
        var points = cells.SelectMany(Points).ToList();
        var across = new PlotScale([.. points.Select(p => Shown(p.Error))], Left, Left + PlotWidth);
        var up = new PlotScale([.. points.Select(Time)], Top + PlotHeight, Top);
        Line($"<g transform=\"translate({x} {y})\">");
        Line($"<text x=\"{Left}\" y=\"{Top - 16}\" font-size=\"14\" font-weight=\"bold\">{Escape(problem)}</text>");
        Axes(across, up);
        Target(across);
        for (var i = 0; i < cells.Count; i++)
            Curve(cells[i], Math.Max(0, _run.Header.Methods.ToList().IndexOf(cells[i].Method)), i, across, up);
        if (cells.Any(c => c.UsesStructure))
            Line(
                $"<text x=\"{LegendLeft}\" y=\"{LegendY(cells.Count) + HalfText}\" fill=\"#555\">"
                    + "(S): uses structure</text>"
            );

        Line("</g>");
    }

    private void Axes(PlotScale across, PlotScale up)
    {
        foreach (var decade in across.Decades())
        {
            var x = Pixel(across.At(Math.Pow(10, decade)));
            Line($"<line x1=\"{x}\" y1=\"{Top}\" x2=\"{x}\" y2=\"{Top + PlotHeight}\" stroke=\"#ddd\"/>");
            Line($"<text x=\"{x}\" y=\"{Top + PlotHeight + 14}\" text-anchor=\"middle\">1e{decade}</text>");
        }

        foreach (var decade in up.Decades())
        {
            var y = Pixel(up.At(Math.Pow(10, decade)));
            Line($"<line x1=\"{Left}\" y1=\"{y}\" x2=\"{Left + PlotWidth}\" y2=\"{y}\" stroke=\"#ddd\"/>");
            var baseline = Pixel(up.At(Math.Pow(10, decade)) + HalfText);
            Line($"<text x=\"{Left - 6}\" y=\"{baseline}\" text-anchor=\"end\">1e{decade}</text>");
        }

        Line(
            $"<rect x=\"{Left}\" y=\"{Top}\" width=\"{PlotWidth}\" height=\"{PlotHeight}\" fill=\"none\" "
                + "stroke=\"black\"/>"
        );
        Line(
            $"<text x=\"{Left + (PlotWidth / 2)}\" y=\"{Top + PlotHeight + 32}\" text-anchor=\"middle\">"
                + "relative error</text>"
        );
        Line(
            $"<text transform=\"translate({Left - 48} {Top + (PlotHeight / 2)}) rotate(-90)\" "
                + "text-anchor=\"middle\">CPU time, microseconds</text>"
        );
    }

    /// <summary>Marks the target error of the run, if it is on the axis.</summary>
    private void Target(PlotScale across)
    {
        var x = across.At(_run.Header.Target);
        if (x < Left || x > Left + PlotWidth)
            return;

        Line(
            $"<line x1=\"{Pixel(x)}\" y1=\"{Top}\" x2=\"{Pixel(x)}\" y2=\"{Top + PlotHeight}\" stroke=\"#777\" "
                + "stroke-dasharray=\"1 3\"/>"
        );
        Line($"<text x=\"{Pixel(x)}\" y=\"{Top - HalfText}\" text-anchor=\"middle\" fill=\"#555\">target</text>");
    }

    /// <param name="style">
    /// The number of the method in the run. It determines the colour and the dashes, so the method looks the same in
    /// every panel.
    /// </param>
    /// <param name="position">The position in the legend of this panel.</param>
    private void Curve(Cell cell, int style, int position, PlotScale across, PlotScale up)
    {
        var colour = Colours[style % Colours.Length];
        var dash = Dashes[style / Colours.Length % Dashes.Length];
        var stroke = $"stroke=\"{colour}\" stroke-dasharray=\"{dash}\"";
        List<string> places =
        [
            .. Points(cell).Select(p => $"{Pixel(across.At(Shown(p.Error)))},{Pixel(up.At(Time(p)))}"),
        ];
        if (places.Count > 1)
            Line($"<polyline points=\"{string.Join(' ', places)}\" fill=\"none\" stroke-width=\"1.5\" {stroke}/>");
        foreach (var place in places)
            Mark(place, style / Colours.Length, colour);

        var y = LegendY(position);
        Line($"<line x1=\"{LegendLeft}\" y1=\"{y}\" x2=\"{LegendLeft + 22}\" y2=\"{y}\" stroke-width=\"2\" {stroke}/>");
        Mark($"{LegendLeft + 11},{y}", style / Colours.Length, colour);
        Line(
            $"<text x=\"{LegendLeft + 28}\" y=\"{y + HalfText}\">{Escape(cell.Method)}"
                + $"{(cell.UsesStructure ? " (S)" : "")}</text>"
        );
    }

    /// <summary>Returns the middle of a line in the legend.</summary>
    private static int LegendY(int position) => Top + 4 + (position * LegendLine);

    /// <summary>
    /// Draws a disc, a square or a triangle, so that single points of the same colour can be distinguished.
    /// </summary>
    private void Mark(string place, int shape, string colour)
    {
        var at = place.Split(',');
        Line(
            (shape % 3) switch
            {
                0 => $"<circle cx=\"{at[0]}\" cy=\"{at[1]}\" r=\"2.5\" fill=\"{colour}\"/>",
                1 => $"<path transform=\"translate({at[0]} {at[1]})\" d=\"M-2.5-2.5h5v5h-5z\" fill=\"{colour}\"/>",
                _ => $"<path transform=\"translate({at[0]} {at[1]})\" d=\"M0-3.5L3.5 3H-3.5z\" fill=\"{colour}\"/>",
            }
        );
    }

    private static double Shown(double error) => Math.Max(error, SmallestError);

    private static double Time(CurvePoint point) => Math.Max(point.CpuMicroseconds, SmallestTime);

    private static string Pixel(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Escape(string text) => SecurityElement.Escape(text);

    private void Line(string text) => _svg.Append(text).Append('\n');
}
