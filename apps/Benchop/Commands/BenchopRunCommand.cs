using System.CommandLine;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Ranking;
using Headrace.Apps.Benchop.Runs;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Core;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// <c>headrace benchop run</c>: measures methods on problems at equal accuracy, with one job for each cell, stores the
/// run, and ranks the methods.
/// </summary>
internal static class BenchopRunCommand
{
    // With this time, all cells take less than a minute on two cores once the work parameters are known. A job that
    // exceeds its limit is stopped, and its worker is replaced if the method does not return.
    private const double Seconds = 1;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static readonly Option<string?> Problems = new("--problems")
    {
        Description = "The problems, such as 1a,1b-II, or all. [default: all]",
        HelpName = "IDS",
    };
    private static readonly Option<string?> Methods = new("--methods")
    {
        Description =
            "The methods, such as cos,fft, or all. An installed Octave method is measured only if it is named, as in "
            + "all,mine. [default: all]",
        HelpName = "NAMES",
    };
    private static readonly Option<string?> Protocol = ReportOptions.OneOf(
        "--protocol",
        "NAME",
        "How times are measured: steady (after a warm-up, until the 95 % confidence interval is within 5 % of the "
            + "mean) or paper (four calls, of which the first is dropped). [default: steady]",
        "steady",
        "paper"
    );
    private static readonly Option<bool> NoTune = new("--no-tune")
    {
        Description =
            "Run each method with the work parameter that it chooses, not with the smallest one that meets the target.",
    };
    private static readonly Option<bool> Retune = new("--retune")
    {
        Description = "Search for the smallest work parameter again, even if an earlier run found it.",
    };
    private static readonly Option<bool> Curves = new("--curves")
    {
        Description =
            "Measure the error and time for smaller and larger work parameters as well, for headrace benchop plot.",
    };
    private static readonly Option<TimeSpan?> TimeLimit = Options.Duration(
        "--time-limit",
        "The time limit of a cell. [default: 2m]"
    );

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "run",
            "Measure methods on problems at equal accuracy, store the run and rank the methods. Each cell is a "
                + "separate job."
        )
        {
            Examples =
            [
                ("headrace benchop run", "Runs all methods on all problems and prints the ranking."),
                (
                    "headrace benchop run --problems 1b,4 --methods cos,fdnu,adi --target 1e-5 --curves",
                    "Measures three methods on two problems, with curves of error against time."
                ),
                (
                    "headrace benchop run --problems 1b --no-tune --json > cells.jsonl",
                    "Writes one line of JSON per cell, measured with the work parameter that each method chooses."
                ),
            ],
        };
        Option[] options =
        [
            Problems,
            Methods,
            BenchopOptions.Set,
            BenchopOptions.Target,
            BenchopOptions.Seed,
            Protocol,
            NoTune,
            Retune,
            Curves,
            TimeLimit,
        ];
        foreach (var option in options)
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext call, CancellationToken cancellationToken)
    {
        var cells = Cells(call, await InstalledAsync(call, cancellationToken));
        var store = RunStore.OfUser();
        using var client = call.Connect();
        using var exclusive = RunLock.TryTake(store);
        await WarnAboutOthersAsync(call, client, exclusive is not null, cancellationToken);
        cells = [.. Reuse(call, store, cells)];
        using var writer = store.Start(TimeProvider.System.GetUtcNow(), id => Describe(call, id, cells));
        var outcome = RunOutcome.Failed;
        var anyFailed = false;
        try
        {
            anyFailed = await JobProgressBar.DrawAsync(
                call,
                $"measuring {cells.Count} cells",
                cells.Count,
                progress =>
                    MeasureAsync(call, client, cells, new RunRecorder(call, writer, progress), cancellationToken)
            );
            outcome = RunOutcome.Complete;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            outcome = RunOutcome.Interrupted;
            throw;
        }
        finally
        {
            // The measured cells are ranked even after an interruption, because measuring them may have taken hours.
            writer.End(new RunEnd(TimeProvider.System.GetUtcNow(), outcome));
            Show(call, store.Read(writer.Header.Id));
        }
        return anyFailed ? ExitCode.JobFailed : ExitCode.Done;
    }

    /// <summary>
    /// Returns the Octave methods that workers offer if the command names one. Without a server there are none, and the
    /// command then reports that the name is unknown.
    /// </summary>
    private static async Task<IReadOnlyList<OctaveMethod>> InstalledAsync(
        CommandContext call,
        CancellationToken cancellationToken
    )
    {
        if (!BenchopStudy.NamesOthers(call.Value(Methods)))
            return [];
        try
        {
            using var client = call.Connect();
            return OctaveMethods.Of(await client.ListMethodsAsync(cancellationToken));
        }
        catch (HeadraceException unreachable) when (unreachable is not HeadraceProblemException)
        {
            return [];
        }
    }

    private static IReadOnlyList<CellRequest> Cells(CommandContext call, IReadOnlyList<OctaveMethod> installed)
    {
        var noTune = call.Value(NoTune);
        if (noTune && (call.Value(Retune) || call.Value(Curves)))
            throw new UsageException(
                "--no-tune cannot be combined with --retune or --curves, which need tuned work parameters."
            );

        var limit = call.Value(TimeLimit) ?? Limit;
        if (limit < TimeSpan.FromSeconds(1))
            throw new UsageException("--time-limit must be at least 1s, because a warm-up takes almost that long.");

        var task = new CellTask(
            noTune ? BenchopTask.Measure
                : call.Value(Curves) ? BenchopTask.Curve
                : BenchopTask.Tune,
            Target: call.Value(BenchopOptions.Target) ?? CellTask.UsualTarget,
            Seed: call.Value(BenchopOptions.Seed)
        )
        {
            Protocol = call.Value(Protocol) == "paper" ? TimingProtocol.Paper : TimingProtocol.Steady,
            Seconds = Seconds,
            Limit = limit,
        };
        return BenchopStudy.Many(
            call.Value(Problems),
            call.Value(Methods),
            call.Value(BenchopOptions.Set),
            task,
            installed
        );
    }

    /// <summary>
    /// Other jobs on the same processors increase the measured times, so the user should know about these jobs.
    /// </summary>
    private static async Task WarnAboutOthersAsync(
        CommandContext call,
        HeadraceClient client,
        bool isOnlyRun,
        CancellationToken cancellationToken
    )
    {
        var running = await client.ListJobsPageAsync(
            $"state:running tag:{CellRequest.Tag}",
            limit: 1,
            cancellationToken: cancellationToken
        );
        if (!isOnlyRun)
            call.WriteNote(
                "Another run is in progress on this machine. Each run adds noise to the times of the other."
            );
        else if (running.Jobs.Count > 0)
            call.WriteNote("The server is running other pricing jobs, which add noise to the times of this run.");
    }

    private static IEnumerable<CellRequest> Reuse(CommandContext call, RunStore store, IReadOnlyList<CellRequest> cells)
    {
        var reuse = cells[0].Task.What != BenchopTask.Measure && !call.Value(Retune);
        var tuned = reuse ? TunedWork.Of(store.ReadAll(call.WriteNote).Take(TunedWork.Runs)) : TunedWork.None;
        foreach (var cell in cells)
        {
            var found = cell.Method.HasWork
                ? tuned.Find(
                    cell.Method.RegisteredNameFor(cell.Problem),
                    cell.Problem.Key,
                    cell.Task.Target,
                    cell.Task.Seed ?? ISamplingMethod.DefaultSeed
                )
                : null;
            yield return cell with
            {
                Task = cell.Task with { Work = found?.Work },
                CallSeconds = found?.CpuSeconds ?? 0,
            };
        }
    }

    private static RunHeader Describe(CommandContext call, string id, IReadOnlyList<CellRequest> cells)
    {
        var task = cells[0].Task;
        return new RunHeader(
            id,
            TimeProvider.System.GetUtcNow(),
            [.. cells.Select(c => c.Problem.Id).Distinct()],
            [.. cells.Select(c => c.Method.Name).Distinct()],
            call.Value(BenchopOptions.Set) ?? "",
            task.Target,
            task.Seed ?? ISamplingMethod.DefaultSeed,
            task.Protocol,
            task.What != BenchopTask.Measure,
            cells.Count,
            MachineInfo.ProgramVersion
        );
    }

    /// <summary>Measures the cells. Returns true if a job failed.</summary>
    private static async Task<bool> MeasureAsync(
        CommandContext call,
        HeadraceClient client,
        IReadOnlyList<CellRequest> cells,
        RunRecorder recorder,
        CancellationToken cancellationToken
    )
    {
        // Deciding whether a method supports a problem requires no job.
        var supported = new List<CellRequest>();
        foreach (var cell in cells)
            if (cell.Method.WhyNot(cell.Problem) is { } uncovered)
                recorder.Add(
                    cell,
                    null,
                    new CellAnswer(
                        Cell.Empty(cell.Problem.Id, cell.Method.Name, null, uncovered),
                        [.. cell.Problem.Points.Spots],
                        [.. cell.Problem.Points.SecondSpots],
                        [],
                        []
                    )
                );
            else
                supported.Add(cell);

        var jobs = new CellJobs(call, client, supported);
        await jobs.RunAsync(recorder.Add, cancellationToken);
        return jobs.AnyFailed;
    }

    private static void Show(CommandContext call, StoredRun run)
    {
        var ranking = RunRanking.Of(run);
        foreach (var remark in run.Cells.SelectMany(c => c.Answer.Remarks).Distinct())
            call.WriteNote(remark);
        if (!call.Json)
            call.Terminal.WriteTable(RankText.OverallHeadings, RankText.Overall(ranking, RunRanking.Groups));
        call.WriteNote(RankText.Noise(ranking.Noise));
        if (!ranking.Tuned)
            call.WriteNote(
                "Each method chose its own work parameter, so the times are not comparable at equal accuracy."
            );
        if (ranking.Incomplete is { } missing)
            call.WriteNote(missing);
        call.WriteNote(
            $"Run {run.Header.Id}: {run.Results.Count(c => c.Met)} of {run.Cells.Count} cells met the target. "
                + $"See headrace benchop rank --by problem, benchop table and benchop plot."
        );
    }
}
