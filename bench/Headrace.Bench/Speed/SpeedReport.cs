using Headrace.Commands;

namespace Headrace.Bench.Speed;

/// <summary>
/// The result of a measurement: prints its table and, with <c>--report</c>, writes the page. Create it before the
/// measurement, because it probes the disk before and after the measurement.
/// </summary>
/// <param name="settings">The settings of the measurement.</param>
/// <param name="name">The name of the measurement.</param>
/// <param name="about">Describes what is measured.</param>
/// <param name="inTurn">
/// Whether the rows take turns within each round. If false, they are measured one after another.
/// </param>
internal sealed class SpeedReport(SpeedSettings settings, string name, string about, bool inTurn = false)
{
    private readonly DiskProbe _before = DiskProbe.Of(settings.Parent);

    public async Task WriteAsync(
        CommandContext context,
        bool serverGc,
        IReadOnlyList<string> headings,
        IReadOnlyList<IReadOnlyList<string>> rows,
        CancellationToken stop,
        string? findings = null
    )
    {
        var surroundings = new SpeedSurroundings(
            MachineDescription.Date,
            MachineDescription.Describe(settings.Parent),
            settings.Storage,
            _before,
            DiskProbe.Of(settings.Parent),
            serverGc,
            settings.Workers,
            settings.Rounds,
            inTurn
        );
        context.WriteNote(surroundings.Describe);
        if (findings is not null)
            context.WriteNote(findings);
        if (!context.Json)
            context.Terminal.WriteTable(headings, rows);
        if (context.Value(SpeedSettings.Report) is { } report)
            await File.WriteAllTextAsync(
                report,
                SpeedPage.Write(
                    name,
                    findings is null ? about : $"{about} {findings}",
                    surroundings,
                    headings,
                    rows
                ),
                stop
            );
    }
}
