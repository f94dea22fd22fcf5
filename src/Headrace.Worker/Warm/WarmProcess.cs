using System.Diagnostics.CodeAnalysis;
using Headrace.Worker.Commands;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Warm;

/// <summary>
/// A warm process with its pipes: writes and reads frames, and passes the output of the process to a log. Used by one
/// thread at a time. Nothing here waits except <see cref="Poll"/>.
/// </summary>
internal sealed unsafe class WarmProcess : IWarmProcess
{
    /// <summary>
    /// The environment variable that names the two descriptors: first the one for reading, then the one for writing.
    /// </summary>
    public const string Variable = "HEADRACE_WARM";

    private const int CallsNumber = 3;
    private const int AnswersNumber = 4;
    private const int ReadSize = 64 << 10;
    private const int PollCount = 6;

    private readonly Executions _executions;
    private readonly ExecutionMark _mark;
    private readonly ScratchFolder _folder;
    private readonly ChildProcess _child;
    private readonly Descriptor _wake;
    private readonly WarmChannel _channel;
    private readonly LogLines _outputLog;
    private readonly LogLines _errorLog;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ReadSize);
    private Descriptor? _output;
    private Descriptor? _error;

    private WarmProcess(
        Executions executions,
        ExecutionMark mark,
        ScratchFolder folder,
        ChildProcess child,
        WarmPipes pipes,
        Descriptor wake,
        LogLines.Writer log
    )
    {
        (_executions, _mark, _folder, _child, _wake) = (executions, mark, folder, child, wake);
        (_output, _error) = (pipes.Output, pipes.Error);
        _channel = new WarmChannel(pipes.Calls, pipes.Answers);
        (_outputLog, _errorLog) = (new LogLines(log), new LogLines(log));
    }

    public int Id => _child.Id;

    public ScratchFolder Folder => _folder;

    public string LastErrorLine => _errorLog.LastLine;

    public string? ClosedBy => _channel.IsClosedByProcess ? "The process" : null;

    public string? Unresponsive => null;

    /// <summary>
    /// Starts a process. Throws <see cref="Core.HeadraceException"/> or an I/O exception if it cannot be started.
    /// </summary>
    /// <param name="manifest">The method.</param>
    /// <param name="executions">The executions of this worker.</param>
    /// <param name="wake">Ends a wait in <see cref="Poll"/> when it is set.</param>
    /// <param name="log">Receives the output of the process.</param>
    public static WarmProcess Start(
        MethodManifest manifest,
        Executions executions,
        Descriptor wake,
        LogLines.Writer log
    )
    {
        var mark = executions.Begin();
        ScratchFolder? folder = null;
        WarmPipes? pipes = null;
        try
        {
            folder = executions.CreateFolder(mark);
            pipes = WarmPipes.Open();
            var child = ChildProcess.Start(StartOf(manifest, mark, folder, pipes));
            pipes.CloseChildEnds();
            return new WarmProcess(executions, mark, folder, child, pipes, wake, log);
        }
        catch
        {
            pipes?.Dispose();
            folder?.Dispose();
            executions.End(mark, session: 0, search: false);
            throw;
        }
    }

    public void Send(WarmFrame frame) => _channel.Send(frame);

    public bool TryTake([NotNullWhen(true)] out WarmFrame? frame) => _channel.TryTake(out frame);

    public void DiscardReceived() => _channel.DiscardReceived();

    // The kernel reports that the process has closed the end from which it reads, whether this was asked for or not.
    public void CheckIdle() => PollPipes(0, Entry(_channel.Calls, 0));

    public void Poll(int milliseconds) =>
        PollPipes(milliseconds, Entry(_channel.HasUnsent ? _channel.Calls : null, Libc.PollOut));

    public ExitStatus? TryReap()
    {
        if (!_child.TryReap(out var status))
            return null;
        var left = _child.GroupIsAlive;
        if (left)
            _child.SignalGroup(Libc.SigKill);
        // The output of the process is in the pipes. Any process that it left behind may hold them open, so only the
        // available output is read.
        while (HasData(_channel.Answers) && _channel.Receive())
            continue;
        while (HasData(_output))
            _output = ReadLog(_output!, _outputLog);
        while (HasData(_error))
            _error = ReadLog(_error!, _errorLog);
        _outputLog.End();
        _errorLog.End();
        _executions.End(_mark, _child.Id, search: left || _output is not null || _error is not null);
        return status;
    }

    public void Kill() => ProcessTree.Kill(_child.Id, _mark);

    public void Retire(TimeSpan grace, CancellationToken workerEnds)
    {
        var start = TimeProvider.System.GetTimestamp();
        _channel.Send(new WarmFrame.Stop());
        _channel.CloseCallsWhenSent();
        while (TryReap() is null)
        {
            var left = grace - TimeProvider.System.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || workerEnds.IsCancellationRequested)
                Kill();
            // No frames are expected from an idle process, so any that arrive are discarded.
            _channel.DiscardReceived();
            Poll((int)Math.Clamp(Math.Ceiling(left.TotalMilliseconds), 1, 100));
        }
        Dispose();
    }

    public void Dispose()
    {
        _executions.End(_mark, session: 0, search: false);
        _channel.Dispose();
        _output?.Dispose();
        _error?.Dispose();
        _child.Dispose();
        _folder.Dispose();
    }

    private static ProcessStart StartOf(
        MethodManifest manifest,
        ExecutionMark mark,
        ScratchFolder folder,
        WarmPipes pipes
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
                    new(Variable, $"{CallsNumber},{AnswersNumber}"),
                    new("HEADRACE_METHOD", manifest.Name.ToString()),
                    new(ExecutionMark.Variable, mark.ToString()),
                ]
            ),
            WorkingFolder = manifest.WorkingFolder ?? folder.Path,
            Descriptors = pipes.ChildEnds,
            DataLimit = ResourceSampler.DataLimit(manifest),
        };

        string Word(string placeholder) => placeholder == "dir" ? folder.Path : manifest.Folder;
    }

    private void PollPipes(int milliseconds, Libc.PollEntry calls)
    {
        var entries = stackalloc Libc.PollEntry[PollCount];
        entries[0] = calls;
        entries[1] = Entry(_channel.Answers, Libc.PollIn);
        entries[2] = Entry(_output, Libc.PollIn);
        entries[3] = Entry(_error, Libc.PollIn);
        entries[4] = Entry(_wake, Libc.PollIn);
        entries[5] = Entry(_child.Exit, Libc.PollIn);
        if (!_child.Exit.IsOpen)
            milliseconds = Math.Min(milliseconds, CommandRun.ExitCheckPeriod);
        if (Libc.Poll(entries, PollCount, milliseconds) <= 0)
            return;
        _channel.OnCallsPolled(entries[0].Returned);
        if (entries[1].Returned != 0)
            _channel.Receive();
        if (entries[2].Returned != 0)
            _output = ReadLog(_output!, _outputLog);
        if (entries[3].Returned != 0)
            _error = ReadLog(_error!, _errorLog);
        if (entries[4].Returned != 0)
            _wake.Clear();
    }

    private Descriptor? ReadLog(Descriptor from, LogLines log)
    {
        var count = from.Read(_buffer);
        if (count > 0)
        {
            log.Add(_buffer.AsSpan(0, count));
            return from;
        }
        from.Dispose();
        return null;
    }

    private static bool HasData(Descriptor? descriptor)
    {
        var entry = Entry(descriptor, Libc.PollIn);
        return Libc.Poll(&entry, 1, 0) > 0;
    }

    // A negative descriptor is not polled.
    private static Libc.PollEntry Entry(Descriptor? descriptor, short events) =>
        new() { File = descriptor?.Number ?? -1, Events = events };
}
