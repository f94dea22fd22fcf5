using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>What an entry of the log of runs says.</summary>
internal enum RunEntryKind
{
    /// <summary>A program holds the run: it began it, took it over, or says that it still works on it.</summary>
    Held,

    /// <summary>The holder answers that it has received a stop message, and ends when its work has ended.</summary>
    Ending,

    /// <summary>Another program asks whether the holder still works on the run.</summary>
    Asked,

    /// <summary>The holder was interrupted and left the run to the next program.</summary>
    Left,

    /// <summary>The run is over: all its work has ended.</summary>
    Ended,
}

/// <summary>An entry of the log of runs (<see cref="RunLog"/>). The last one states who works on which run.</summary>
/// <param name="Kind">What the entry says.</param>
/// <param name="Run">The id of the run.</param>
/// <param name="Holder">The program that holds the run, or held it last: a random number.</param>
/// <param name="Author">The program that wrote the entry.</param>
/// <param name="Options">How the simulations of the run are submitted.</param>
internal sealed record RunEntry(RunEntryKind Kind, string Run, string Holder, string Author, RunOptions Options)
{
    /// <summary>The number of chains that have failed.</summary>
    public int Failed { get; init; }

    /// <summary>The job that made the last chain fail, which is not counted twice; null if none has failed.</summary>
    public string? LastFailed { get; init; }

    /// <summary>The id of the message that contains the entry.</summary>
    [JsonIgnore]
    public string Message { get; init; } = "";

    /// <summary>Whether the message has not ended.</summary>
    [JsonIgnore]
    public bool IsOpen { get; init; } = true;

    /// <summary>Whether the log ends with a run that is not over.</summary>
    [JsonIgnore]
    public bool HasRun => IsOpen && Kind != RunEntryKind.Ended;

    /// <summary>Whether the program holds the run, even if another program asks for it.</summary>
    public bool IsHeldBy(PipelineRun run) =>
        HasRun && Kind != RunEntryKind.Left && Run == run.Id && Holder == run.Program;

    public JsonElement ToJson() => JsonSerializer.SerializeToElement(this, RunJson.Default.RunEntry);

    /// <summary>Returns the entry; null if the JSON is none.</summary>
    public static RunEntry? FromJson(JsonElement json)
    {
        try
        {
            return json.Deserialize(RunJson.Default.RunEntry) is { Run: not null, Holder: not null } entry
                ? entry
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The JSON of the entries of the log of runs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(RunEntry))]
internal sealed partial class RunJson : JsonSerializerContext;
