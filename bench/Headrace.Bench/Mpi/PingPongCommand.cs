using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Headrace.Bench.Speed;
using Headrace.Commands;
using Headrace.Core;

namespace Headrace.Bench.Mpi;

/// <summary>
/// <c>bench/run ping-pong</c>: measures the cost of a message between two ranks in C#, in C and in Python, with both
/// libraries. The runs of the programs alternate, so that other load on the machine affects all of them equally.
/// </summary>
internal static class PingPongCommand
{
    private const int DefaultRounds = 7;

    private const string About =
        "A message travels between two ranks on this machine and back. The figures are one-way times in "
        + "microseconds. Each run takes the median of 101 batches, and the table shows the median of the runs. The "
        + "runs of all programs alternate. `C# to C` is the median, over all rounds, of the time in C# divided by "
        + "the time in C in the same round. `mpi4py to C#` is computed in the same way. mpi4py is used through its "
        + "buffer interface, which is faster than its object interface, and is built for Open MPI. All programs are "
        + "single-threaded and use blocking calls.";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private static readonly Option<int> Rounds = new("--rounds")
    {
        Description = $"The number of rounds. [default: {DefaultRounds}]",
        DefaultValueFactory = _ => DefaultRounds,
    };

    public static Command Create()
    {
        var command = new CliCommand("ping-pong", "Measure the latency of messages between ranks in C#, C and Python.")
        {
            Examples = [("bench/run ping-pong", "Alternates between five programs for seven rounds.")],
        };
        command.Add(Rounds);
        command.Add(SpeedSettings.Report);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("headrace-ping-pong-");
        try
        {
            var programs = await ProgramsAsync(folder.FullName, stop);
            var all = programs.Select(_ => new List<Dictionary<int, double>>()).ToList();
            for (var round = 0; round < context.Value(Rounds); round++)
            {
                context.WriteNote($"Round {round + 1} of {context.Value(Rounds)}");
                foreach (var (program, runs) in programs.Zip(all))
                    runs.Add(await RunAsync(program, folder.FullName, stop));
            }
            var table = Table(programs, all);
            context.Terminal.WriteTable(table.Headings, table.Rows);
            if (context.Value(SpeedSettings.Report) is { } report)
                await File.WriteAllTextAsync(report, Page(folder.FullName, context.Value(Rounds), table), stop);
            return ExitCode.Done;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlyList<PingPongProgram>> ProgramsAsync(string folder, CancellationToken stop)
    {
        var source = Path.Combine(AppContext.BaseDirectory, "ping-pong.c");
        var programs = new List<PingPongProgram>();
        foreach (var library in (string[])["openmpi", "mpich"])
        {
            var compiled = Path.Combine(folder, $"ping-pong-{library}");
            await EndAsync($"mpicc.{library}", ["-O2", "-o", compiled, source], folder, stop);
            programs.Add(new PingPongProgram("C", library, [compiled]));
            programs.Add(new PingPongProgram("C#", library, [Environment.ProcessPath!, PingPongRank.Name]));
            // Debian's mpi4py package is built only for Open MPI.
            if (library == "openmpi")
                programs.Add(
                    new PingPongProgram(
                        "mpi4py",
                        library,
                        ["/usr/bin/python3", Path.Combine(AppContext.BaseDirectory, "ping-pong.py")]
                    )
                );
        }
        return programs;
    }

    private static async Task<Dictionary<int, double>> RunAsync(
        PingPongProgram program,
        string folder,
        CancellationToken stop
    )
    {
        var report = Path.Combine(folder, "report");
        await EndAsync($"mpiexec.{program.Library}", [.. program.LauncherArguments, report], folder, stop);
        return (await File.ReadAllLinesAsync(report, stop))
            .Select(line => line.Split(' '))
            .ToDictionary(
                fields => int.Parse(fields[0], CultureInfo.InvariantCulture),
                fields => double.Parse(fields[1], CultureInfo.InvariantCulture)
            );
    }

    private static (IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<string>> Rows) Table(
        IReadOnlyList<PingPongProgram> programs,
        List<List<Dictionary<int, double>>> all
    )
    {
        var (c, sharp, python, cMpich, sharpMpich) = (0, 1, 2, 3, 4);
        var headings = programs.Select(program => $"{program.Language}, {program.Title}").Prepend("bytes");
        return (
            [.. headings, "C# to C, Open MPI", "C# to C, MPICH", "mpi4py to C#"],
            [
                .. all[0]
                    [0]
                    .Keys.Select(bytes =>
                        (IReadOnlyList<string>)
                            [
                                bytes.ToString("N0", CultureInfo.InvariantCulture),
                                .. all.Select(runs => Text(Percentiles.Of(runs.Select(run => run[bytes])).Median)),
                                Ratio(bytes, sharp, c),
                                Ratio(bytes, sharpMpich, cMpich),
                                Ratio(bytes, python, sharp),
                            ]
                    ),
            ]
        );

        string Ratio(int bytes, int program, int to) =>
            Text(Percentiles.Of(all[program].Zip(all[to], (one, other) => one[bytes] / other[bytes])).Median);
    }

    private static string Page(
        string folder,
        int rounds,
        (IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<string>> Rows) table
    ) =>
        $"""
            # `bench/run ping-pong`

            {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(folder)}. {rounds} rounds.")}

            {Paragraph.Wrap(About)}

            {MarkdownTable.Of(table.Headings, table.Rows)}
            """;

    private static string Text(double value) =>
        value.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    private static async Task EndAsync(
        string program,
        IEnumerable<string> arguments,
        string folder,
        CancellationToken stop
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = folder;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new HeadraceException(
                $"{program} was not found. Install the Debian packages libopenmpi-dev, libmpich-dev, mpich and "
                    + "python3-mpi4py."
            );
        }
        using (process)
        using (var late = CancellationTokenSource.CreateLinkedTokenSource(stop))
        {
            late.CancelAfter(Deadline);
            process.StandardInput.Close();
            try
            {
                var (output, error) = (
                    process.StandardOutput.ReadToEndAsync(late.Token),
                    process.StandardError.ReadToEndAsync(late.Token)
                );
                await process.WaitForExitAsync(late.Token);
                if (process.ExitCode != 0)
                    throw new HeadraceException(
                        $"{program} exited with {process.ExitCode}: {await output}{await error}"
                    );
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
    }
}
