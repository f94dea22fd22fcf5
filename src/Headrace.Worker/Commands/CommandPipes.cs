using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;
using Headrace.Worker.Ranks;

namespace Headrace.Worker.Commands;

/// <summary>
/// Handles the worker's ends of a program's standard streams: writes the body, collects the result, and passes all
/// other output to the job's log. Never waits; the caller polls the descriptors.
/// </summary>
internal sealed class CommandPipes : IDisposable
{
    /// <summary>Size of the read buffer, equal to the size of a kernel pipe.</summary>
    public const int BufferSize = 64 << 10;

    private readonly MethodManifest _manifest;
    private readonly byte[] _buffer;
    private readonly MemoryStream _result = new();
    private readonly List<LogLines> _logs = [];
    private readonly List<LogLines> _errorLogs = [];
    private readonly List<OutputStream> _outputs = [];
    private readonly List<Descriptor> _childEnds = [];
    private ReadOnlyMemory<byte> _unwritten;

    private CommandPipes(MethodManifest manifest, byte[] buffer, ReadOnlyMemory<byte> input) =>
        (_manifest, _buffer, _unwritten) = (manifest, buffer, input);

    /// <summary>
    /// Gets the descriptor to which the body is written; null if there is no body or if all of it has been written.
    /// </summary>
    public Descriptor? Input { get; private set; }

    /// <summary>Gets the output streams of the program. A stream that has ended no longer has a pipe.</summary>
    public IReadOnlyList<OutputStream> Outputs => _outputs;

    /// <summary>Gets the program's ends of the pipes: its standard input, output and error.</summary>
    public IReadOnlyList<Descriptor> ChildEnds => _childEnds;

    /// <summary>Gets a value indicating whether the program's result is larger than the method allows.</summary>
    public bool IsResultTooLarge => _result.Length > _manifest.MaxResult;

    /// <summary>Gets the standard output of the program, if that is its result.</summary>
    public ReadOnlyMemory<byte> Result => _result.GetBuffer().AsMemory(0, (int)_result.Length);

    /// <summary>
    /// Gets the last line that the program, or each rank, wrote to standard error; empty if there is none.
    /// </summary>
    public IReadOnlyList<string> LastErrorLines => [.. _errorLogs.Select(log => log.LastLine)];

    /// <summary>Opens the pipes. Throws <see cref="Core.HeadraceException"/> if that fails.</summary>
    /// <param name="manifest">The method.</param>
    /// <param name="job">The job, which receives the log.</param>
    /// <param name="buffer">A buffer for reading, which the jobs of one slot share.</param>
    public static CommandPipes Open(MethodManifest manifest, JobExecution job, byte[] buffer) =>
        Open(
            manifest,
            buffer,
            manifest.Input.Kind == PassageKind.Stream ? job.Body : default,
            (pipes, output, error) =>
            {
                pipes.Add(output, manifest.Output.Kind == PassageKind.Stream ? pipes.AddResult : pipes.LogTo(job.Log));
                pipes.Add(error, pipes.ErrorsTo(job.Log));
            }
        );

    /// <summary>
    /// Opens the pipes of a program that runs as several ranks. The result comes from rank 0. Everything else that the
    /// ranks and the launcher print goes to the log, where the lines of a rank begin with its number.
    /// </summary>
    public static CommandPipes Open(MethodManifest manifest, JobExecution job, byte[] buffer, RankLaunch launch)
    {
        if (manifest.Input.Kind == PassageKind.Stream && !job.Body.IsEmpty)
            launch.Files.WriteBody(job.Body.Span);
        return Open(
            manifest,
            buffer,
            input: default,
            (pipes, output, error) =>
            {
                var result = manifest.Output.Kind == PassageKind.Stream;
                for (var rank = 0; rank < launch.Ranks; rank++)
                {
                    var log = new RankLog(rank, job.Log);
                    pipes.Add(
                        launch.Files.Outputs[rank],
                        result && rank == 0 ? pipes.AddResult : pipes.LogTo(log.Write)
                    );
                    pipes.Add(launch.Files.Errors[rank], pipes.ErrorsTo(launch.ErrorsOf(log.Write), RankExit.IsAbort));
                }
                LogLines.Writer messages = lines =>
                {
                    launch.AddMessage(lines);
                    job.Log(lines);
                };
                pipes.Add(output, pipes.LogTo(messages));
                pipes.Add(error, pipes.LogTo(messages));
            }
        );
    }

    /// <summary>Closes this process's copies of the program's ends, after the program has been started.</summary>
    public void CloseChildEnds()
    {
        foreach (var end in _childEnds)
            end.Dispose();
    }

    /// <summary>Writes as much of the body as the program currently accepts.</summary>
    public void WriteInput()
    {
        var written = Input!.Write(_unwritten.Span);
        // A program that has closed its input does not need the rest of the body. This is not an error.
        _unwritten = written < 0 ? default : _unwritten[written..];
        if (!_unwritten.IsEmpty)
            return;
        Input.Dispose();
        Input = null;
    }

    /// <summary>Reads the available data from one of <see cref="Outputs"/>.</summary>
    public void Read(OutputStream output) => output.Read(_buffer);

    /// <summary>Logs the last line of each stream if it does not end with a line break.</summary>
    public void EndLog()
    {
        foreach (var log in _logs)
            log.End();
    }

    public void Dispose()
    {
        CloseChildEnds();
        Input?.Dispose();
        foreach (var output in _outputs)
            output.Dispose();
        _result.Dispose();
    }

    private static CommandPipes Open(
        MethodManifest manifest,
        byte[] buffer,
        ReadOnlyMemory<byte> input,
        Action<CommandPipes, Descriptor, Descriptor> connect
    )
    {
        var pipes = new CommandPipes(manifest, buffer, input);
        try
        {
            pipes.OpenInput();
            connect(pipes, pipes.OpenOutput(), pipes.OpenOutput());
            return pipes;
        }
        catch
        {
            pipes.Dispose();
            throw;
        }
    }

    private void OpenInput()
    {
        if (_unwritten.IsEmpty)
            _childEnds.Add(Descriptor.OpenRead("/dev/null"));
        else
        {
            (var read, Input) = Descriptor.Pipe(writesWait: false);
            _childEnds.Add(read);
        }
    }

    private Descriptor OpenOutput()
    {
        var (read, write) = Descriptor.Pipe();
        _childEnds.Add(write);
        return read;
    }

    private void Add(Descriptor pipe, OutputStream.Receiver receiver) => _outputs.Add(new OutputStream(pipe, receiver));

    // Output beyond the limit is discarded, so that memory use is bounded.
    private void AddResult(ReadOnlySpan<byte> bytes)
    {
        if (!IsResultTooLarge)
            _result.Write(bytes);
    }

    private OutputStream.Receiver LogTo(LogLines.Writer log, LogLines.LineTest? isMeaningless = null)
    {
        var lines = new LogLines(log, isMeaningless);
        _logs.Add(lines);
        return lines.Add;
    }

    private OutputStream.Receiver ErrorsTo(LogLines.Writer log, LogLines.LineTest? isMeaningless = null)
    {
        var receiver = LogTo(log, isMeaningless);
        _errorLogs.Add(_logs[^1]);
        return receiver;
    }
}
