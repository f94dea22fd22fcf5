using System.Globalization;
using System.Text.Json;
using Headrace.Protocol.Local;

namespace Headrace.Apps.Benchop.Runs;

/// <summary>
/// The runs of a user: one file of JSON lines for each run, below the data folder. A line is appended after a cell has
/// ended, so a run can be read while it is in progress, and no measurements are lost if its process is killed.
/// </summary>
internal sealed class RunStore(string folder)
{
    private const string Extension = ".jsonl";

    /// <summary>The store in the user's default data folder.</summary>
    public static RunStore OfUser() => new(Path.Combine(LocalPaths.DefaultData, "benchop", "runs"));

    public string Folder => folder;

    /// <summary>The ids of all stored runs, newest first.</summary>
    public IReadOnlyList<string> Ids() =>
        Directory.Exists(folder)
            ?
            [
                .. Directory
                    .EnumerateFiles(folder, "*" + Extension)
                    .Select(path => Path.GetFileNameWithoutExtension(path))
                    .OrderDescending(StringComparer.Ordinal),
            ]
            : [];

    /// <summary>
    /// Begins a run. Its id is the current time, followed by a number if several runs begin in the same second.
    /// </summary>
    public RunWriter Start(DateTimeOffset now, Func<string, RunHeader> describe)
    {
        Directory.CreateDirectory(folder);
        var time = now.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        for (var attempt = 1; ; attempt++)
        {
            var id = attempt == 1 ? time : string.Create(CultureInfo.InvariantCulture, $"{time}-{attempt}");
            var path = PathOf(id);
            if (!File.Exists(path))
                return new RunWriter(path, describe(id));
        }
    }

    /// <summary>Reads all runs, newest first. Files that cannot be read are omitted and reported.</summary>
    public IEnumerable<StoredRun> ReadAll(Action<string> reportBroken)
    {
        foreach (var id in Ids())
        {
            StoredRun run;
            try
            {
                run = Read(id);
            }
            catch (InvalidDataException broken)
            {
                reportBroken($"{broken.Message} The run is omitted; delete the file to remove it.");
                continue;
            }

            yield return run;
        }
    }

    /// <summary>
    /// Reads a run. If the last line is incomplete because the process was killed, it is ignored.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is not a run file.</exception>
    public StoredRun Read(string id)
    {
        var path = PathOf(id);
        var texts = File.ReadAllText(path).Split('\n');
        RunHeader? header = null;
        RunEnd? end = null;
        var cells = new List<RunCell>();
        for (var i = 0; i < texts.Length; i++)
        {
            // Every complete line ends with a line break, so the last string is either empty or an incomplete line.
            if (i == texts.Length - 1)
                break;

            var line = Parse(path, i, texts[i]);
            header ??= line.Run;
            end ??= line.End;
            if (line.Cell is { } cell)
                cells.Add(cell);
        }

        return header is null
            ? throw new InvalidDataException($"{path} does not begin with a run description.")
            : new StoredRun(header, cells, end);
    }

    private static RunLine Parse(string path, int index, string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, BenchopJson.Default.RunLine)
                ?? throw new InvalidDataException($"Line {index + 1} of {path} is null.");
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException($"Line {index + 1} of {path} is not a valid line of a run.", broken);
        }
    }

    private string PathOf(string id) => Path.Combine(folder, id + Extension);
}
