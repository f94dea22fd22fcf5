using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Runs;
using Headrace.Benchop.Tests.Ranking;
using Xunit;

namespace Headrace.Benchop.Tests.Runs;

public sealed class RunStoreTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 8, 15, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("headrace-runs-");

    private RunStore Store => new(Path.Combine(_folder.FullName, "runs"));

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_run_is_read_as_it_was_written()
    {
        var timed = Cells.Timed("1b-I", "alo", 3.1, structure: true) with { Curve = [new CurvePoint(5, 1e-5, 3, 4)] };
        var empty = Cell.Empty("1b-I", "fft", null, "No.");
        using (var writer = Start(2))
        {
            writer.Add(Cells.Stored(timed));
            writer.Add(Cells.Stored(empty));
            writer.End(new RunEnd(Now, RunOutcome.Complete));
        }

        var run = Store.Read(Assert.Single(Store.Ids()));

        Assert.Equal("20261130-081500", run.Header.Id);
        Assert.Equal((RunOutcome.Complete, true), (run.End!.Outcome, run.IsComplete));
        Assert.Equal(["alo", "fft"], run.Results.Select(c => c.Method));
        Assert.Equal((timed.Timing, timed.Structure), (run.Results[0].Timing, run.Results[0].Structure));
        Assert.Equal(timed.Curve, run.Results[0].Curve);
        Assert.Equal("No.", run.Results[1].Reason);
        Assert.Equal("Test CPU", Assert.Single(run.Machines).Processor);
    }

    [Fact]
    public void A_run_in_progress_can_be_read()
    {
        using var writer = Start(2);
        writer.Add(Cells.Stored(Cells.Timed("1b-I", "alo", 3.1)));

        var run = Store.Read(writer.Header.Id);

        Assert.Single(run.Cells);
        Assert.Null(run.End);
        Assert.Contains("1 of 2 cells", run.Incomplete, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_was_cut_off_is_ignored_and_a_broken_one_is_reported()
    {
        string id;
        using (var writer = Start(2))
        {
            writer.Add(Cells.Stored(Cells.Timed("1b-I", "alo", 3.1)));
            id = writer.Header.Id;
        }

        var path = Path.Combine(Store.Folder, $"{id}.jsonl");
        File.AppendAllText(path, """{"cell":{"method":"benchop""");
        Assert.Single(Store.Read(id).Cells);

        File.AppendAllText(path, "\n");
        var broken = Assert.Throws<InvalidDataException>(() => Store.Read(id));
        Assert.Equal($"Line 3 of {path} is not a valid line of a run.", broken.Message);
    }

    [Fact]
    public void A_file_that_is_not_a_run_is_left_out_of_the_list_and_reported()
    {
        Start(1).Dispose();
        File.WriteAllText(Path.Combine(Store.Folder, "20261201-000000.jsonl"), "");
        var reports = new List<string>();

        var runs = Store.ReadAll(reports.Add).ToList();

        Assert.Equal("20261130-081500", Assert.Single(runs).Header.Id);
        Assert.Contains(
            "does not begin with a run description",
            Assert.Single(reports),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Two_runs_of_one_second_have_two_ids_and_the_newest_comes_first()
    {
        Start(1).Dispose();
        Start(1).Dispose();
        Store.Start(Now.AddMinutes(1), Header(1)).Dispose();

        Assert.Equal(["20261130-081600", "20261130-081500-2", "20261130-081500"], Store.Ids());
    }

    [Fact]
    public void Only_one_run_holds_the_lock()
    {
        using (var first = RunLock.TryTake(Store))
        {
            Assert.NotNull(first);
            Assert.Null(RunLock.TryTake(Store));
        }

        using var second = RunLock.TryTake(Store);
        Assert.NotNull(second);
        Assert.Empty(Store.Ids());
    }

    [Fact]
    public void The_newest_tuning_of_a_cell_counts_for_the_same_target_and_seed()
    {
        var old = Cells.Run(Cells.Timed("1b-I", "fd", 10) with { Work = 640 }, Cells.Timed("4", "fd", 10));
        var fresh = Cells.Run(Cells.Timed("1b-I", "fd", 10) with { Work = 480 });
        var untuned = Cells.Run(Cells.Timed("1b-I", "fd", 10) with { Work = 1 });
        untuned = untuned with { Header = untuned.Header with { Tuned = false } };

        var tuned = TunedWork.Of([untuned, fresh, old]);

        Assert.Equal(new TunedCell(480, 1e-6 * 10), tuned.Find("benchop.fd@2", "key of 1b-I", 1e-4, 1));
        Assert.Equal(10, tuned.Find("benchop.fd@2", "key of 4", 1e-4, 1)?.Work);
        Assert.Null(tuned.Find("benchop.fd@2", "key of 1b-I", 1e-5, 1));
        Assert.Null(tuned.Find("benchop.fd@2", "key of 1b-I", 1e-4, 2));
        Assert.Null(tuned.Find("benchop.fd@3", "key of 1b-I", 1e-4, 1));
    }

    private RunWriter Start(int cells) => Store.Start(Now, Header(cells));

    private static Func<string, RunHeader> Header(int cells) =>
        id => Cells.Run(["1b-I"], ["alo", "fft"]).Header with { Id = id, Cells = cells };
}
