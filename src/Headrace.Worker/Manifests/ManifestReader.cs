using System.Text;
using System.Text.Json;
using Headrace.Core;
using Headrace.Worker.Commands;

namespace Headrace.Worker.Manifests;

/// <summary>The content of a manifest file, or all of its errors.</summary>
internal sealed record ManifestReading(MethodManifest? Manifest, IReadOnlyList<ManifestFault> Faults);

/// <summary>Reads manifests. Pure: it does not access the programs that a manifest refers to.</summary>
internal sealed class ManifestReader
{
    /// <summary>Maximum size of a manifest in bytes. Each of its schemas may be up to 256 KB in size.</summary>
    public const int MaxBytes = 1 << 20;

    private const int MaxSlots = 1_024;
    private const int MaxResultBytes = 1 << 20;
    private const int MaxArguments = 1_000;

    /// <summary>The shortest and the longest limit in a manifest. A limit of 0 would stop every job at once.</summary>
    public static readonly TimeSpan MinTime = TimeSpan.FromMilliseconds(1);

    public static readonly TimeSpan MaxTime = TimeSpan.FromDays(365);

    private readonly string _path;
    private readonly ManifestValues _values;
    private readonly ManifestParams _params;
    private readonly LocatedJson _root;

    private string? _name;
    private int _version = 1;
    private LocatedJson? _argv;
    private LocatedJson? _schema;
    private LocatedJson? _working;
    private string? _resultType;
    private MethodManifest _manifest;

    private ManifestReader(string path, ReadOnlyMemory<byte> file, LocatedJson root, Func<string, string?> schemaFault)
    {
        (_path, _root, _values) = (path, root, new ManifestValues(file));
        _params = new ManifestParams(_values, schemaFault);
        _manifest = new MethodManifest
        {
            Name = default,
            Folder = Path.GetDirectoryName(Path.GetFullPath(path))!,
            Arguments = [],
            ParamsSchema = "",
        };
    }

    /// <summary>Reads a manifest.</summary>
    /// <param name="path">The path of the file, which contains the name of the method.</param>
    /// <param name="file">The content of the file.</param>
    /// <param name="schemaFault">
    /// Returns a description of the error in a JSON Schema, worded as the rest of a sentence whose subject is the
    /// schema; null if the schema is valid.
    /// </param>
    public static ManifestReading Read(string path, ReadOnlyMemory<byte> file, Func<string, string?> schemaFault)
    {
        if (file.Length > MaxBytes)
            return Faulty(new ManifestFault(1, 1, $"The file is {file.Length} bytes; the limit is {MaxBytes}."));
        if (file.Span.StartsWith(Encoding.UTF8.Preamble))
            file = file[Encoding.UTF8.Preamble.Length..];
        LocatedJson root;
        try
        {
            root = LocatedJson.Read(file);
        }
        catch (JsonException malformed)
        {
            return Faulty(
                new ManifestFault(
                    (int)(malformed.LineNumber ?? 0) + 1,
                    (int)(malformed.BytePositionInLine ?? 0) + 1,
                    $"The file is not valid JSON: {Sentence(malformed.Message)}"
                )
            );
        }
        // The parser throws this exception for text that is not valid UTF-8.
        catch (InvalidOperationException)
        {
            return Faulty(new ManifestFault(1, 1, "The file contains text that is not valid UTF-8."));
        }
        var reader = new ManifestReader(path, file, root, schemaFault);
        var manifest = reader.Read();
        return new ManifestReading(
            reader._values.Faults.Count == 0 ? manifest : null,
            [.. reader._values.Faults.OrderBy(fault => (fault.Line, fault.Column))]
        );
    }

    /// <summary>The names of the members of a manifest.</summary>
    public static IReadOnlyCollection<string> Members { get; } =
        new ManifestReader("x", default, LocatedJson.Read("{}"u8.ToArray()), _ => null).Readers().Keys;

    private static ManifestReading Faulty(ManifestFault fault) => new(null, [fault]);

    // Removes the position at the end of a parser's message, because the error already contains it.
    private static string Sentence(string message) =>
        message.IndexOf(" LineNumber:", StringComparison.Ordinal) is > 0 and var end ? message[..end] : message;

    private MethodManifest Read()
    {
        _values.Object(_root, "a manifest", Readers());
        if (_root.Kind != JsonValueKind.Object)
            return _manifest;
        if (_name is null)
            Require("name");
        if (_argv is null)
            Require("argv");
        ReadArguments();
        _manifest = _params.Read(_schema, _argv, _manifest);
        if (_working is not null)
            ReadWorkingFolder(_working);
        _manifest = _manifest with
        {
            Name = new MethodRef(new MethodName(_name ?? ""), _version),
            ResultType =
                _resultType
                ?? (
                    _manifest.ResultSchema.Length > 0 ? "application/json"
                    : _manifest.Output.Kind == PassageKind.File ? "application/octet-stream"
                    : "text/plain"
                ),
        };
        CheckFileName();
        CheckTogether();
        return _manifest;
    }

    private Dictionary<string, Action<LocatedJson>> Readers() =>
        new()
        {
            ["$schema"] = value => _values.Text(value, "$schema", ""),
            ["name"] = ReadName,
            ["version"] = value => _version = _values.Whole(value, "version", 1, int.MaxValue, 1),
            ["description"] = value =>
                _manifest = _manifest with { Description = _values.Text(value, "description", "") },
            ["argv"] = value => _argv = value,
            ["check"] = ReadCheck,
            ["input"] = value => _manifest = _manifest with { Input = ReadPassage(value, "input", "stdin", true) },
            ["output"] = value => _manifest = _manifest with { Output = ReadPassage(value, "output", "stdout", false) },
            ["resultType"] = ReadResultType,
            ["params"] = value => _schema = value,
            ["result"] = value => _manifest = _manifest with { ResultSchema = _params.ReadSchema(value, "result") },
            ["environment"] = value => _manifest = ManifestEnvironment.Read(_values, value, _manifest),
            ["workingFolder"] = value => _working = value,
            ["timeLimit"] = value =>
                _manifest = _manifest with
                {
                    TimeLimit = _values.Duration(value, "timeLimit", MinTime, MaxTime, default),
                },
            ["stopSignal"] = ReadStopSignal,
            ["stopGrace"] = value =>
                _manifest = _manifest with
                {
                    StopGrace = _values.Duration(
                        value,
                        "stopGrace",
                        TimeSpan.Zero,
                        MaxStopGrace,
                        _manifest.StopGrace
                    ),
                },
            ["slots"] = value => _manifest = _manifest with { Slots = _values.Whole(value, "slots", 1, MaxSlots, 1) },
            ["memory"] = value =>
                _manifest = _manifest with { MemoryLimit = _values.Size(value, "memory", 1L << 50, 1) },
            ["maxScratch"] = value =>
                _manifest = _manifest with
                {
                    ScratchLimit = _values.Size(value, "maxScratch", 1L << 50, _manifest.ScratchLimit),
                },
            ["exitCodes"] = ReadExitCodes,
            ["retry"] = value => _manifest = ManifestRetry.Read(_values, value, _manifest),
            ["onLost"] = value =>
                _manifest = _manifest with
                {
                    FailWhenLost = _values.Word(
                        value,
                        "onLost",
                        new Dictionary<string, bool> { ["retry"] = false, ["fail"] = true },
                        false
                    ),
                },
            ["exclusive"] = value => _manifest = _manifest with { Exclusive = _values.Flag(value, "exclusive") },
            ["maxResult"] = value =>
                _manifest = _manifest with
                {
                    MaxResult = (int)_values.Size(value, "maxResult", MaxResultBytes, MaxResultBytes),
                },
            ["warm"] = value => _manifest = _manifest with { Warm = ManifestWarm.Read(_values, value) },
            ["mpi"] = value => _manifest = _manifest with { Mpi = ManifestMpi.Read(_values, value, MaxSlots) },
        };

    /// <summary>
    /// Maximum grace period after a stop signal. The worker kills an attempt 10 s after requesting the stop, so a
    /// longer grace period would have no effect.
    /// </summary>
    public static readonly TimeSpan MaxStopGrace = TimeSpan.FromSeconds(8);

    private void Require(string member) => _values.Add(_root.Place, $"The member '{member}' is missing.");

    private void ReadName(LocatedJson value)
    {
        _name = _values.Text(value, "name", "");
        if (value.Kind == JsonValueKind.String && !MethodName.TryParse(_name, out _))
            _values.Add(
                value.Place,
                $"name is \"{_name}\". Use 1 to 64 characters from a-z, 0-9, '.', '_' and '-', starting with a letter "
                    + "or digit."
            );
    }

    private void CheckFileName()
    {
        var stem = Path.GetFileName(_path);
        if (_name is not { Length: > 0 } name)
            return;
        if (stem != name + MethodManifest.Extension && stem != $"{name}@{_version}{MethodManifest.Extension}")
            _values.Add(
                _root.Members.First(member => member.Name == "name").Value.Place,
                $"The file for the method {name} must be named {name}{MethodManifest.Extension} or "
                    + $"{name}@{_version}{MethodManifest.Extension}, not {stem}."
            );
    }

    private void ReadArguments()
    {
        if (_argv is not null)
            _manifest = _manifest with { Arguments = ReadCommand(_argv, "argv") };
    }

    private void ReadCheck(LocatedJson value)
    {
        _manifest = _manifest with { Check = ReadCommand(value, "check") };
        foreach (var argument in _manifest.Check)
            if (argument.Parameters.Any() || argument.Uses("input") || argument.Uses("output"))
                _values.Add(
                    value.Place,
                    $"The argument \"{argument}\" depends on a job, but the check runs before there is a job. An "
                        + "argument of a check may contain only the placeholders {method} and {dir}."
                );
    }

    private List<ArgumentTemplate> ReadCommand(LocatedJson value, string what)
    {
        var arguments = new List<ArgumentTemplate>();
        if (!_values.Is(value, JsonValueKind.Array, what, "an array: the program and its arguments"))
            return arguments;
        if (value.Elements.Count is 0 or > MaxArguments)
        {
            _values.Add(
                value.Place,
                $"{what} must contain the program and at most {MaxArguments - 1} arguments; it has "
                    + $"{value.Elements.Count} elements."
            );
            return arguments;
        }
        foreach (var element in value.Elements)
        {
            if (!_values.Is(element, JsonValueKind.String, $"An element of {what}", "a string"))
                continue;
            if (element.Text.Contains('\0', StringComparison.Ordinal))
                _values.Add(element.Place, "An argument cannot contain the character U+0000.");
            else if (ArgumentTemplate.TryRead(element.Text, out var fault, out var at) is { } argument)
                arguments.Add(argument);
            else
                // Adds one for the quotation mark. If escapes precede the error, the position is only approximate.
                _values.Add(element.Place + 1 + Encoding.UTF8.GetByteCount(element.Text.AsSpan(0, at)), fault);
        }
        if (
            arguments is [{ } program, ..]
            && (program.Parameters.Any() || program.Uses("input") || program.Uses("output") || program.Uses("dir"))
        )
            _values.Add(
                value.Elements[0].Place,
                "The program name may contain only the placeholder {method}, because a job must not select the program."
            );
        return arguments;
    }

    private Passage ReadPassage(LocatedJson value, string what, string stream, bool mayBeNone)
    {
        var text = _values.Text(value, what, stream);
        if (text == stream)
            return Passage.Stream;
        if (text == "none" && mayBeNone)
            return Passage.None;
        if (text.StartsWith("file:", StringComparison.Ordinal))
        {
            var name = text[5..];
            if (name.Length is > 0 and <= 100 && name is not ("." or "..") && name.IndexOfAny(['/', '\0']) < 0)
                return new Passage(PassageKind.File, name);
        }
        _values.Add(
            value.Place,
            $"{what} must be \"{stream}\"{(mayBeNone ? ", \"none\"" : "")} or \"file:NAME\", where NAME is a file in "
                + $"the scratch folder, not \"{text}\"."
        );
        return Passage.Stream;
    }

    private void ReadResultType(LocatedJson value)
    {
        _resultType = _values.Text(value, "resultType", "");
        if (value.Kind == JsonValueKind.String && !ResultFault.IsType(_resultType))
            _values.Add(
                value.Place,
                $"resultType must be a content type, {ResultFault.TypeFormat}, not {ManifestValues.Describe(value)}."
            );
    }

    private void ReadWorkingFolder(LocatedJson value)
    {
        var text = _values.Text(value, "workingFolder", "");
        if (value.Kind != JsonValueKind.String || text == "{dir}")
            return;
        if (text.Length == 0 || text.IndexOfAny(['\0', '{', '}']) >= 0)
            _values.Add(
                value.Place,
                $"workingFolder is \"{text}\". Use \"{{dir}}\" for the scratch folder, or a path. A relative path is "
                    + "relative to the manifest's folder."
            );
        else
            _manifest = _manifest with { WorkingFolder = Path.GetFullPath(text, _manifest.Folder) };
    }

    private void ReadStopSignal(LocatedJson value)
    {
        var words = StopSignals.Names.ToDictionary(name => name, name => name);
        var name = _values.Word(
            value.Kind == JsonValueKind.String && value.Text.StartsWith("SIG", StringComparison.Ordinal)
                ? value with
                {
                    Text = value.Text[3..],
                }
                : value,
            "stopSignal",
            words,
            "TERM"
        );
        if (StopSignals.TryParse(name, out var signal))
            _manifest = _manifest with { StopSignal = signal };
    }

    private void ReadExitCodes(LocatedJson value)
    {
        if (!_values.Is(value, JsonValueKind.Object, "exitCodes", "an object of exit codes and their meanings"))
            return;
        var meanings = new Dictionary<string, ExitMeaning>
        {
            ["succeed"] = ExitMeaning.Succeed,
            ["retry"] = ExitMeaning.Retry,
            ["fail"] = ExitMeaning.Fail,
            ["reject"] = ExitMeaning.Reject,
        };
        var codes = new Dictionary<int, ExitMeaning> { [0] = ExitMeaning.Succeed };
        var otherwise = ExitMeaning.Retry;
        var seen = new HashSet<string>();
        foreach (var member in value.Members)
        {
            var meaning = _values.Word(
                member.Value,
                $"The meaning of exit code {member.Name}",
                meanings,
                ExitMeaning.Retry
            );
            if (!seen.Add(member.Name))
                _values.Add(member.Place, $"The exit code {member.Name} occurs twice.");
            else if (member.Name == "*")
                otherwise = meaning;
            else if (ExitCodes.TryParse(member.Name, out var code))
                codes[code] = meaning;
            else
                _values.Add(
                    member.Place,
                    $"'{member.Name}' is not an exit code. Use 0 to 255, or * for all other codes."
                );
        }
        _manifest = _manifest with { ExitCodes = new ExitCodes(codes, otherwise) };
    }

    /// <summary>Checks the rules that involve several members.</summary>
    private void CheckTogether()
    {
        if (_manifest.Mpi is not null && _root.Members.FirstOrDefault(member => member.Name == "slots") is { } slots)
            _values.Add(slots.Place, "'slots' has no effect with 'mpi': an attempt occupies one slot for each rank.");
        if (_manifest.Warm is not null)
        {
            foreach (var name in (string[])["input", "output", "exitCodes"])
                if (_root.Members.FirstOrDefault(member => member.Name == name) is { } member)
                    _values.Add(
                        member.Place,
                        $"'{name}' has no effect with 'warm'. A warm process receives bodies and returns results over "
                            + "the protocol described in docs/warm-protocol.md."
                    );
            foreach (var argument in _manifest.Arguments)
                if (argument.Parameters.Any() || argument.Uses("input") || argument.Uses("output"))
                    _values.Add(
                        _argv!.Place,
                        $"The argument \"{argument}\" depends on a job, but a warm process is started before its jobs "
                            + "are known. It receives their params over the protocol."
                    );
            return;
        }
        foreach (var (word, passage) in ((string, Passage)[])[("input", _manifest.Input), ("output", _manifest.Output)])
            if (passage.Kind != PassageKind.File && _manifest.Arguments.Any(argument => argument.Uses(word)))
                _values.Add(
                    _argv!.Place,
                    $"The placeholder {{{word}}} requires the member \"{word}\": \"file:NAME\", which sets the name of "
                        + $"the file."
                );
    }
}
