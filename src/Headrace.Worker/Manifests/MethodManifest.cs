using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Worker.Manifests;

/// <summary>
/// Describes a method that a program implements, as specified by the file <c>NAME.method.json</c>. docs/methods.md
/// explains the members, and <c>method.schema.json</c> is their JSON Schema.
/// </summary>
internal sealed record MethodManifest
{
    /// <summary>The suffix of every manifest's file name.</summary>
    public const string Extension = ".method.json";

    /// <summary>Gets the name and the version of the method.</summary>
    public required MethodRef Name { get; init; }

    /// <summary>
    /// Gets the folder that contains the manifest. Relative paths in the manifest are relative to this folder.
    /// </summary>
    public required string Folder { get; init; }

    /// <summary>Gets the purpose of the method; empty if the manifest does not state it.</summary>
    public string Description { get; init; } = "";

    /// <summary>Gets the program and its arguments, which may contain placeholders.</summary>
    public required IReadOnlyList<ArgumentTemplate> Arguments { get; init; }

    /// <summary>
    /// Gets the program that checks whether the method can run on this machine, and its arguments; empty if there is
    /// none.
    /// </summary>
    public IReadOnlyList<ArgumentTemplate> Check { get; init; } = [];

    /// <summary>Specifies how the program receives the body of the job.</summary>
    public Passage Input { get; init; } = Passage.Stream;

    /// <summary>Specifies how the program returns the result.</summary>
    public Passage Output { get; init; } = Passage.Stream;

    /// <summary>Gets the content type of the results.</summary>
    public string ResultType { get; init; } = "text/plain";

    /// <summary>Gets the JSON Schema of the params, as JSON text.</summary>
    public required string ParamsSchema { get; init; }

    /// <summary>Gets the default values that the schema specifies for params, as JSON text.</summary>
    public IReadOnlyDictionary<string, string> Defaults { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the JSON Schema of the result, as JSON text; empty if there is none.</summary>
    public string ResultSchema { get; init; } = "";

    /// <summary>Gets the names of the environment variables that the program receives from the worker.</summary>
    public IReadOnlyList<string> PassedVariables { get; init; } = [];

    /// <summary>Gets the environment variables that the manifest sets.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> SetVariables { get; init; } = [];

    /// <summary>
    /// Gets the working folder of the program, as an absolute path; null for the scratch folder of the attempt.
    /// </summary>
    public string? WorkingFolder { get; init; }

    /// <summary>Gets the maximum run time of an attempt; null if only the job's own limit applies.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Gets the signal that asks the program to stop.</summary>
    public int StopSignal { get; init; } = StopSignals.Terminate;

    /// <summary>Gets the time for which the program may continue after the stop signal before it is killed.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Gets the number of worker slots that one attempt occupies. An MPI method occupies one for each rank instead.
    /// </summary>
    public int Slots { get; init; } = 1;

    /// <summary>Gets the maximum memory that the process tree may use, in bytes; null for no limit.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>Gets the maximum total size of the files in the scratch folder, in bytes.</summary>
    public long ScratchLimit { get; init; } = 1L << 30;

    /// <summary>Gets the meaning of each exit code for the job.</summary>
    public ExitCodes ExitCodes { get; init; } = ExitCodes.Default;

    /// <summary>
    /// Gets the retry policy that applies after an error or a timeout, unless the submission of a job specifies
    /// otherwise.
    /// </summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>Gets the error types after which a job fails at once, even if it has retries left.</summary>
    public IReadOnlyList<string> PermanentErrors { get; init; } = [];

    /// <summary>
    /// Gets a value indicating whether a lost attempt fails the job because a second run would be harmful (R11).
    /// </summary>
    public bool FailWhenLost { get; init; }

    /// <summary>Gets a value indicating whether two attempts of a job must never run at the same time (R11).</summary>
    public bool Exclusive { get; init; }

    /// <summary>Gets the maximum size of a result, in bytes.</summary>
    public int MaxResult { get; init; } = 1 << 20;

    /// <summary>
    /// Specifies how the program serves many calls as a warm process; null if a process is started for each job.
    /// </summary>
    public WarmOptions? Warm { get; init; }

    /// <summary>
    /// Specifies how the program runs as several MPI ranks; null if it is an ordinary program. Together with
    /// <see cref="Warm"/>, the ranks are kept running and serve many jobs.
    /// </summary>
    public MpiOptions? Mpi { get; init; }

    /// <summary>Gets a value indicating whether the manifest refers to files in its folder.</summary>
    public bool UsesItsFolder =>
        Arguments.Any(argument => argument.Uses("method"))
        || Arguments[0].Text.Contains('/') && !Arguments[0].Text.StartsWith('/')
        || WorkingFolder?.StartsWith(Folder, StringComparison.Ordinal) == true;
}

/// <summary>
/// Specifies how a body or a result is passed between the worker and the program: as a stream (standard input or
/// output), as a file in the scratch folder, or not at all.
/// </summary>
/// <param name="Kind">How the body or result is passed.</param>
/// <param name="File">The name of the file; empty for the other kinds.</param>
internal readonly record struct Passage(PassageKind Kind, string File = "")
{
    public static readonly Passage Stream = new(PassageKind.Stream);
    public static readonly Passage None = new(PassageKind.None);
}

internal enum PassageKind
{
    Stream,
    File,
    None,
}

/// <summary>Specifies how a program serves many calls as a warm process (docs/warm-protocol.md).</summary>
internal sealed record WarmOptions
{
    /// <summary>The largest number of jobs that a method can run in one call.</summary>
    public const int MaxBatch = 256;

    /// <summary>The longest time that the first job in a batch can wait for others.</summary>
    public static readonly TimeSpan MaxBatchWait = TimeSpan.FromSeconds(1);

    /// <summary>Gets the maximum number of jobs in one call. Default: 1.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Gets the time for which the first job in a batch waits for others. Default: 0.</summary>
    public TimeSpan BatchWait { get; init; }

    /// <summary>
    /// Gets the sizes, in ascending order, at which a batch starts without waiting for more jobs. Default: none.
    /// </summary>
    public IReadOnlyList<int> PreferredBatches { get; init; } = [];

    /// <summary>Gets the number of calls after which the process is replaced; null for no limit.</summary>
    public int? RecycleAfter { get; init; }

    /// <summary>Gets the memory in bytes above which the process is replaced after a call; null for no limit.</summary>
    public long? RecycleAbove { get; init; }

    /// <summary>Gets the time that the process may take to become ready. Default: 1 minute.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets the time for which an unused process is kept. Default: 10 minutes.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromMinutes(10);
}
