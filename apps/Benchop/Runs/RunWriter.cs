using System.Text;
using System.Text.Json;

namespace Headrace.Apps.Benchop.Runs;

/// <summary>
/// Appends lines to a run file. Each line is passed to the operating system immediately. The lines are not forced to
/// disk, so a power failure may lose the last ones.
/// </summary>
internal sealed class RunWriter : IDisposable
{
    private readonly StreamWriter _file;

    public RunWriter(string path, RunHeader header)
    {
        Header = header;
        _file = new StreamWriter(
            new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read),
            new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)
        );
        Write(new RunLine { Run = header });
    }

    public RunHeader Header { get; }

    public void Add(RunCell cell) => Write(new RunLine { Cell = cell });

    public void End(RunEnd end) => Write(new RunLine { End = end });

    public void Dispose() => _file.Dispose();

    private void Write(RunLine line)
    {
        _file.Write(JsonSerializer.Serialize(line, BenchopJson.Default.RunLine) + "\n");
        _file.Flush();
    }
}
