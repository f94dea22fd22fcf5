namespace Headrace.Worker.Processes;

/// <summary>
/// Describes a process to start. It leads a separate session and process group, and has only the descriptors given
/// here.
/// </summary>
internal sealed record ProcessStart
{
    /// <summary>Gets the program: a path with a slash, or a name that is looked up on this process's PATH.</summary>
    public required string Program { get; init; }

    /// <summary>Gets the arguments after the program's name.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Gets the whole environment, as <c>NAME=VALUE</c>.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    public required string WorkingFolder { get; init; }

    /// <summary>
    /// Gets the descriptors of the process: the first is its standard input, the second is its standard output, and so
    /// on.
    /// </summary>
    public required IReadOnlyList<Descriptor> Descriptors { get; init; }

    /// <summary>
    /// Gets the maximum size of the writable private memory of each process, in bytes; null for no limit.
    /// </summary>
    public long? DataLimit { get; init; }
}
