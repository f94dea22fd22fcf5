using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Headrace.Worker.Commands;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;
using Headrace.Worker.Ranks;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Groups;

/// <summary>
/// A group of ranks that stays running and serves many jobs (docs/mpi.md). The worker is outside of MPI and holds all
/// leases. Each rank connects to its socket and sends heartbeats; the connection of rank 0 also carries the jobs.
/// </summary>
internal sealed unsafe class RankGroup : IWarmProcess
{
    /// <summary>The environment variables that tell a rank where to find the worker.</summary>
    public const string SocketVariable = "HEADRACE_RANK_SOCKET";

    public const string EpochVariable = "HEADRACE_GROUP_EPOCH";

    /// <summary>
    /// How long a rank may go without sending anything. Ranks send a heartbeat each second, so a rank that was stopped
    /// or makes no progress is detected within ten seconds.
    /// </summary>
    public static readonly TimeSpan HeartbeatLimit = TimeSpan.FromSeconds(8);

    private const string SocketName = "group";
    private const int ReadSize = 64 << 10;

    // The number of poll entries that precede those of the outputs and connections.
    private const int FirstOutput = 3;

    private readonly Executions _executions;
    private readonly ExecutionMark _mark;
    private readonly ScratchFolder _folder;
    private readonly RankLaunch _launch;
    private readonly RankListener _listener;
    private readonly ChildProcess _child;
    private readonly Descriptor _wake;
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly List<RankConnection> _connections = [];
    private readonly List<OutputStream> _outputs = [];
    private readonly List<LogLines> _errors = [];
    private readonly List<LogLines> _logs = [];
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ReadSize);

    // Frames for rank 0 that were sent before the rank joined, and its Ready frame, which is held back until every rank
    // has joined.
    private readonly List<WarmFrame> _early = [];
    private WarmFrame? _ready;

    private RankGroup(
        Executions executions,
        ExecutionMark mark,
        ScratchFolder folder,
        RankLaunch launch,
        RankListener listener,
        ChildProcess child,
        Descriptor wake
    ) =>
        (_executions, _mark, _folder, _launch, _listener, _child, _wake) = (
            executions,
            mark,
            folder,
            launch,
            listener,
            child,
            wake
        );

    public int Id => _child.Id;

    public ScratchFolder Folder => _folder;

    public string LastErrorLine => _launch.EndOf([.. _errors.Select(log => log.LastLine)]).Line;

    // A rank that is killed while MPI is starting has no connection yet. Its exit is detected because its outputs are
    // closed.
    public string? ClosedBy =>
        _connections.FirstOrDefault(connection => connection.IsClosed)?.Subject
        ?? (_launch.EndedRank is { } rank ? $"Rank {rank}" : null);

    public string? Unresponsive =>
        _connections.FirstOrDefault(connection => Now - connection.LastHeard > HeartbeatLimit) is { } silent
            ? $"{(silent.Rank is { } rank ? $"rank {rank}" : "a rank")} has sent no heartbeat for "
                + $"{HeartbeatLimit.TotalSeconds:0} s"
            : null;

    private TimeSpan Now => TimeProvider.System.GetElapsedTime(_start);

    private RankConnection? Rank0 => _connections.Find(connection => connection.Rank == 0);

    private (int Ranks, ulong Epoch) Expected => (_launch.Ranks, (ulong)_mark.Number);

    /// <summary>
    /// Starts a group. Throws <see cref="Core.HeadraceException"/> or an I/O exception if it cannot be started.
    /// </summary>
    /// <param name="manifest">The method.</param>
    /// <param name="plan">Specifies how its ranks are started.</param>
    /// <param name="executions">The executions of this worker.</param>
    /// <param name="wake">Ends a wait in <see cref="Poll"/> when it is set.</param>
    /// <param name="log">Receives the output of the ranks.</param>
    public static RankGroup Start(
        MethodManifest manifest,
        RankPlan plan,
        Executions executions,
        Descriptor wake,
        LogLines.Writer log
    )
    {
        var mark = executions.Begin();
        ScratchFolder? folder = null;
        RankLaunch? launch = null;
        RankListener? listener = null;
        var (output, outputEnd) = Descriptor.Pipe();
        var (error, errorEnd) = Descriptor.Pipe();
        try
        {
            folder = executions.CreateFolder(mark);
            launch = RankLaunch.Prepare(plan, mark, folder);
            listener = RankListener.Open(Path.Combine(launch.Files.Folder, SocketName), plan.Ranks);
            using var nothing = Descriptor.OpenRead("/dev/null");
            var start = StartOf(manifest, mark, folder, listener.Path) with
            {
                Descriptors = [nothing, outputEnd, errorEnd],
            };
            var child = ChildProcess.Start(launch.Wrap(start));
            var group = new RankGroup(executions, mark, folder, launch, listener, child, wake);
            group.ConnectOutputs(output, error, log);
            return group;
        }
        catch
        {
            listener?.Dispose();
            launch?.Dispose();
            folder?.Dispose();
            output.Dispose();
            error.Dispose();
            executions.End(mark, session: 0, search: false);
            throw;
        }
        finally
        {
            outputEnd.Dispose();
            errorEnd.Dispose();
        }
    }

    public void Send(WarmFrame frame)
    {
        if (Rank0 is { } rank)
            rank.Channel.Send(frame);
        else
            _early.Add(frame);
    }

    public bool TryTake([NotNullWhen(true)] out WarmFrame? frame)
    {
        foreach (var connection in _connections)
        {
            while (connection.TryTake(Expected, out frame))
                if (frame is WarmFrame.Ready)
                    _ready = frame;
                else
                    return true;
            if (connection.Rank == 0)
                SendEarly(connection);
        }
        frame =
            _ready is not null && _connections.Count(connection => connection.Rank is not null) == _launch.Ranks
                ? _ready
                : null;
        if (frame is not null)
            _ready = null;
        return frame is not null;
    }

    public void DiscardReceived()
    {
        foreach (var connection in _connections)
            connection.Channel.DiscardReceived();
    }

    // The end of a connection is noticed when it is read.
    public void CheckIdle() => Poll(0);

    public void Poll(int milliseconds)
    {
        var count = FirstOutput + _outputs.Count + _connections.Count;
        var firstConnection = FirstOutput + _outputs.Count;
        var entries = new Libc.PollEntry[count];
        entries[0] = new Libc.PollEntry { File = _listener.Number, Events = Libc.PollIn };
        entries[1] = new Libc.PollEntry { File = _wake.Number, Events = Libc.PollIn };
        entries[2] = new Libc.PollEntry { File = _child.Exit.Number, Events = Libc.PollIn };
        for (var i = 0; i < _outputs.Count; i++)
            entries[FirstOutput + i] = new() { File = _outputs[i].Pipe?.Number ?? -1, Events = Libc.PollIn };
        for (var i = 0; i < _connections.Count; i++)
            entries[firstConnection + i] = EntryOf(_connections[i]);
        if (!_child.Exit.IsOpen)
            milliseconds = Math.Min(milliseconds, CommandRun.ExitCheckPeriod);
        fixed (Libc.PollEntry* start = entries)
            if (Libc.Poll(start, (nuint)count, milliseconds) <= 0)
                return;
        if (entries[1].Returned != 0)
            _wake.Clear();
        for (var i = 0; i < _outputs.Count; i++)
            if (entries[FirstOutput + i].Returned != 0)
                _outputs[i].Read(_buffer);
        for (var i = firstConnection; i < count; i++)
            Move(_connections[i - firstConnection], entries[i].Returned);
        if (entries[0].Returned != 0)
            while (_listener.TryAccept() is { } socket)
                _connections.Add(new RankConnection(socket, Now));
    }

    public ExitStatus? TryReap()
    {
        if (!_child.TryReap(out var status))
            return null;
        // Launchers put each rank into a separate process group.
        ProcessTree.Kill(_child.Id, _mark);
        foreach (var connection in _connections)
            while (!connection.IsClosed && HasData(connection) && connection.Channel.Receive())
                continue;
        foreach (var output in _outputs)
            while (output.HasData)
                output.Read(_buffer);
        foreach (var log in _logs)
            log.End();
        _executions.End(_mark, _child.Id, search: false);
        return _launch.StatusOf(status);
    }

    public void Kill() => ProcessTree.Kill(_child.Id, _mark);

    public void Retire(TimeSpan grace, CancellationToken workerEnds)
    {
        var start = TimeProvider.System.GetTimestamp();
        Send(new WarmFrame.Stop());
        while (TryReap() is null)
        {
            var left = grace - TimeProvider.System.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || workerEnds.IsCancellationRequested)
                Kill();
            // No frames are expected from an idle group, so any that arrive are discarded.
            DiscardReceived();
            Poll((int)Math.Clamp(Math.Ceiling(left.TotalMilliseconds), 1, 100));
        }
        Dispose();
    }

    public void Dispose()
    {
        _executions.End(_mark, session: 0, search: false);
        foreach (var connection in _connections)
            connection.Dispose();
        foreach (var output in _outputs)
            output.Dispose();
        _listener.Dispose();
        _child.Dispose();
        _launch.Dispose();
        _folder.Dispose();
    }

    private static ProcessStart StartOf(
        MethodManifest manifest,
        ExecutionMark mark,
        ScratchFolder folder,
        string socket
    )
    {
        return new ProcessStart
        {
            Program = CommandLine.Program(manifest, Word),
            Arguments = CommandLine.Arguments(manifest, default, Word),
            Environment = CommandLine.Environment(
                manifest,
                Environment.GetEnvironmentVariable,
                folder.Path,
                PythonPackage.Folder,
                [
                    new(SocketVariable, socket),
                    new(EpochVariable, mark.Number.ToString(CultureInfo.InvariantCulture)),
                    new("HEADRACE_METHOD", manifest.Name.ToString()),
                    new(ExecutionMark.Variable, mark.ToString()),
                ]
            ),
            WorkingFolder = manifest.WorkingFolder ?? folder.Path,
            Descriptors = [],
            DataLimit = ResourceSampler.DataLimit(manifest),
        };

        string Word(string placeholder) => placeholder == "dir" ? folder.Path : manifest.Folder;
    }

    private static Libc.PollEntry EntryOf(RankConnection connection) =>
        connection.IsClosed
            ? new() { File = -1 }
            : new()
            {
                File = connection.Number,
                Events = (short)(connection.Channel.HasUnsent ? Libc.PollIn | Libc.PollOut : Libc.PollIn),
            };

    private static bool HasData(RankConnection connection)
    {
        var entry = new Libc.PollEntry { File = connection.Number, Events = Libc.PollIn };
        return Libc.Poll(&entry, 1, 0) > 0;
    }

    private void ConnectOutputs(Descriptor output, Descriptor error, LogLines.Writer log)
    {
        for (var rank = 0; rank < _launch.Ranks; rank++)
        {
            var prefixed = new RankLog(rank, log);
            Connect(_launch.Files.Outputs[rank], prefixed.Write);
            _errors.Add(Connect(_launch.Files.Errors[rank], _launch.ErrorsOf(prefixed.Write), RankExit.IsAbort));
        }
        LogLines.Writer messages = lines =>
        {
            _launch.AddMessage(lines);
            log(lines);
        };
        Connect(output, messages);
        Connect(error, messages);
    }

    private LogLines Connect(Descriptor pipe, LogLines.Writer log, LogLines.LineTest? isMeaningless = null)
    {
        var lines = new LogLines(log, isMeaningless);
        _logs.Add(lines);
        _outputs.Add(new OutputStream(pipe, lines.Add));
        return lines;
    }

    private void Move(RankConnection connection, short returned)
    {
        if ((returned & Libc.PollOut) != 0)
            connection.Channel.Flush();
        if ((returned & ~Libc.PollOut) != 0 && !connection.IsClosed)
            connection.Receive(Now);
    }

    private void SendEarly(RankConnection rank0)
    {
        foreach (var frame in _early)
            rank0.Channel.Send(frame);
        _early.Clear();
    }
}
