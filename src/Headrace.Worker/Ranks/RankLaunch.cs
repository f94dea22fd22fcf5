using System.Text;
using Headrace.Core;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Ranks;

/// <summary>
/// One start of the ranks of a program: the launcher's command line, the pipes to which the ranks print, and their
/// shared memory.
/// </summary>
internal sealed class RankLaunch : IDisposable
{
    /// <summary>Maximum number of characters of launcher output to keep. This output shows how a rank ended.</summary>
    private const int MaxMessages = 16 << 10;

    private readonly RankPlan _plan;
    private readonly ScratchFolder? _memory;
    private readonly ScratchFolder _scratch;

    /// <summary>
    /// How long other ranks may keep running after the first one ends before the log mentions this. Ranks usually end
    /// together.
    /// </summary>
    private static readonly TimeSpan OverdueAfter = TimeSpan.FromSeconds(10);

    private readonly StringBuilder _messages = new();
    private TimeSpan? _firstEndAt;
    private bool _overdueNoted;

    private RankLaunch(RankPlan plan, RankFiles files, ScratchFolder scratch, ScratchFolder? memory) =>
        (_plan, Files, _scratch, _memory) = (plan, files, scratch, memory);

    public RankFiles Files { get; }

    public int Ranks => _plan.Ranks;

    /// <summary>Prepares a start. Throws <see cref="HeadraceException"/> or an I/O exception if that fails.</summary>
    public static RankLaunch Prepare(RankPlan plan, ExecutionMark mark, ScratchFolder scratch)
    {
        var files = RankFiles.Create(scratch, plan.Ranks);
        try
        {
            // A killed Open MPI rank leaves its shared-memory segments behind. These segments are in a separate folder,
            // so they can be deleted without affecting other programs.
            return new RankLaunch(plan, files, scratch, ScratchRoot.CreateSharedMemory(mark));
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Returns the information needed to start the launcher for a program. Throws <see cref="HeadraceException"/> if
    /// the program does not exist, because the launcher's own message would be less clear.
    /// </summary>
    public ProcessStart Wrap(ProcessStart program)
    {
        if (!File.Exists(program.Program) && new ThisMachine(_plan.Ranks).Find(program.Program) is null)
            throw new HeadraceException(
                $"The program {program.Program} could not be started: No such file or directory. Check that it exists "
                    + "on the worker's machine and is executable."
            );
        return program with
        {
            Program = _plan.Launcher,
            Arguments = LaunchCommand.Arguments(_plan, Files.Folder, [program.Program, .. program.Arguments]),
            Environment = Merge(
                LaunchCommand.Environment(_plan, (_memory ?? _scratch).Path, Environment.IsPrivilegedProcess),
                program.Environment
            ),
        };
    }

    /// <summary>Keeps the launcher's output.</summary>
    public void AddMessage(ReadOnlySpan<byte> lines)
    {
        if (_messages.Length < MaxMessages)
            _messages.Append(Encoding.UTF8.GetString(lines)).Append('\n');
    }

    /// <summary>Returns how the ranks ended.</summary>
    public ExitStatus StatusOf(ExitStatus launcher) => RankExit.StatusOf(_plan.Library, launcher, _messages.ToString());

    /// <summary>
    /// Returns a writer for what a rank writes to standard error. Keeps what the library writes there when the program
    /// calls MPI_Abort, because it names the rank.
    /// </summary>
    public LogLines.Writer ErrorsOf(LogLines.Writer log) =>
        lines =>
        {
            foreach (var line in lines.Split((byte)'\n'))
                if (RankExit.IsAbort(lines[line]))
                    AddMessage(lines[line]);
            log(lines);
        };

    /// <summary>Returns the rank that ended the program, and the line that explains it best.</summary>
    /// <param name="lastLines">The last line that each rank wrote to standard error.</param>
    public RankEnd EndOf(IReadOnlyList<string> lastLines) => RankExit.EndOf(_messages.ToString(), lastLines);

    /// <summary>Gets a rank that has closed its outputs; null if there is none.</summary>
    public int? EndedRank
    {
        get
        {
            for (var rank = 0; rank < Ranks; rank++)
                if (!Files.Outputs[rank].IsOpen && !Files.Errors[rank].IsOpen)
                    return rank;
            return null;
        }
    }

    /// <summary>
    /// Returns a sentence that states which ranks are still running even though others have ended; null if all of them
    /// are running or none is. A rank has ended when its standard output is closed.
    /// </summary>
    public string? DescribeUnfinished()
    {
        var running = Enumerable.Range(0, Ranks).Where(rank => Files.Outputs[rank].IsOpen).ToList();
        return running.Count == 0 || running.Count == Ranks
            ? null
            : $"{Ranks - running.Count} of {Ranks} ranks had ended; still running: {string.Join(", ", running)}.";
    }

    /// <summary>
    /// Returns a log line, but only once, if ranks are still running long after the first one ended. They are probably
    /// waiting for a message that never arrives.
    /// </summary>
    public string? NoteOverdue(TimeSpan now)
    {
        if (_overdueNoted || DescribeUnfinished() is not { } unfinished)
            return null;
        _firstEndAt ??= now;
        _overdueNoted = now - _firstEndAt >= OverdueAfter;
        return _overdueNoted ? $"Headrace: {OverdueAfter.TotalSeconds:0} s ago, {unfinished}" : null;
    }

    public void Dispose()
    {
        Files.Dispose();
        _memory?.Dispose();
    }

    /// <summary>Adds variables that are not set yet.</summary>
    private static List<string> Merge(
        IEnumerable<KeyValuePair<string, string>> added,
        IReadOnlyList<string> environment
    ) =>
        [
            .. environment,
            .. added
                .Where(pair => !environment.Any(entry => entry.StartsWith($"{pair.Key}=", StringComparison.Ordinal)))
                .Select(pair => $"{pair.Key}={pair.Value}"),
        ];
}
