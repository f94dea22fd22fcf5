using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Commands;

/// <summary>
/// The worker's ends of the standard streams of a program: writes the body, collects the result, and passes everything
/// else to the job's log. Nothing here waits; the caller polls the descriptors.
/// </summary>
internal sealed class CommandPipes : IDisposable
{
    /// <summary>Size of the read buffer, which equals that of a kernel pipe.</summary>
    public const int BufferSize = 64 << 10;

    private readonly MethodManifest _manifest;
    private readonly byte[] _buffer;
    private readonly MemoryStream _result = new();
    private readonly LogLines _outputLog;
    private readonly LogLines _errorLog;
    private readonly List<Descriptor> _childEnds = [];
    private ReadOnlyMemory<byte> _unwritten;

    private CommandPipes(MethodManifest manifest, JobExecution job, byte[] buffer)
    {
        (_manifest, _buffer) = (manifest, buffer);
        _outputLog = new LogLines(job.Log);
        _errorLog = new LogLines(job.Log);
        _unwritten = manifest.Input.Kind == PassageKind.Stream ? job.Body : default;
    }

    /// <summary>
    /// Gets the descriptor to which the body is written; null if there is no body or if all of it has been written.
    /// </summary>
    public Descriptor? Input { get; private set; }

    /// <summary>Gets the descriptor from which standard output is read; null once it has ended.</summary>
    public Descriptor? Output { get; private set; }

    /// <summary>Gets the descriptor from which standard error is read; null once it has ended.</summary>
    public Descriptor? Error { get; private set; }

    /// <summary>Gets the program's ends of the pipes: its standard input, output and error.</summary>
    public IReadOnlyList<Descriptor> ChildEnds => _childEnds;

    /// <summary>Gets whether the program's result is larger than the method allows.</summary>
    public bool IsResultTooLarge => _result.Length > _manifest.MaxResult;

    /// <summary>Gets what the program wrote to standard output, if that is its result.</summary>
    public ReadOnlyMemory<byte> Result => _result.GetBuffer().AsMemory(0, (int)_result.Length);

    /// <summary>Gets the last line that the program wrote to standard error; empty if there is none.</summary>
    public string LastErrorLine => _errorLog.LastLine;

    /// <summary>Opens the pipes. Throws <see cref="Core.HeadraceException"/> if that fails.</summary>
    /// <param name="manifest">The method.</param>
    /// <param name="job">The job, which receives the log.</param>
    /// <param name="buffer">A buffer for reading, which the jobs of one slot share.</param>
    public static CommandPipes Open(MethodManifest manifest, JobExecution job, byte[] buffer)
    {
        var pipes = new CommandPipes(manifest, job, buffer);
        try
        {
            pipes.Open();
            return pipes;
        }
        catch
        {
            pipes.Dispose();
            throw;
        }
    }

    /// <summary>Closes this process's copies of the program's ends, after the program has been started.</summary>
    public void CloseChildEnds()
    {
        foreach (var end in _childEnds)
            end.Dispose();
    }

    /// <summary>Writes as much of the body as the program accepts now.</summary>
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

    /// <summary>Reads what is currently available on standard output.</summary>
    public void ReadOutput()
    {
        var count = Output!.Read(_buffer);
        if (count <= 0)
            Output = Close(Output);
        else if (_manifest.Output.Kind != PassageKind.Stream)
            _outputLog.Add(_buffer.AsSpan(0, count));
        // Output beyond the limit is discarded, which bounds the memory.
        else if (!IsResultTooLarge)
            _result.Write(_buffer.AsSpan(0, count));
    }

    /// <summary>Reads what is currently available on standard error.</summary>
    public void ReadError()
    {
        var count = Error!.Read(_buffer);
        if (count > 0)
            _errorLog.Add(_buffer.AsSpan(0, count));
        else
            Error = Close(Error);
    }

    /// <summary>Logs the last line of each stream if it does not end with a line break.</summary>
    public void EndLog()
    {
        _outputLog.End();
        _errorLog.End();
    }

    public void Dispose()
    {
        CloseChildEnds();
        Input?.Dispose();
        Output?.Dispose();
        Error?.Dispose();
        _result.Dispose();
    }

    private void Open()
    {
        if (_unwritten.IsEmpty)
            _childEnds.Add(Descriptor.OpenRead("/dev/null"));
        else
        {
            (var read, Input) = Descriptor.Pipe(writesWait: false);
            _childEnds.Add(read);
        }
        (Output, var output) = Descriptor.Pipe();
        _childEnds.Add(output);
        (Error, var error) = Descriptor.Pipe();
        _childEnds.Add(error);
    }

    private static Descriptor? Close(Descriptor descriptor)
    {
        descriptor.Dispose();
        return null;
    }
}
