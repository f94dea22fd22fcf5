using System.Diagnostics;
using Headrace.Core;
using Headrace.Protocol.Local;

namespace Headrace.Server.Pools;

/// <summary>A program that the workers of a pool run instead of the standard worker program.</summary>
public sealed record PoolCommand
{
    /// <summary>Prefix of the variables that the server sets for each worker process.</summary>
    private const string ReservedPrefix = "HEADRACE_";

    /// <summary>
    /// The program: a path relative to the server's current folder, or a name that is looked up on the PATH.
    /// </summary>
    public required string Program { get; init; }

    /// <summary>The arguments. No shell is involved, so each argument is passed to the program unchanged.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>Environment variables that are set in addition to those of the server.</summary>
    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();

    /// <summary>The working folder; null for the working folder of the server.</summary>
    public string? Cwd { get; init; }

    /// <summary>Omits the values of the environment variables, because they may be secret.</summary>
    public override string ToString() => string.Join(' ', [Program, .. Args]);

    /// <summary>
    /// Returns the start information for a process that runs this program and leads its own session. Throws
    /// <see cref="HeadraceException"/> if the program or its working folder does not exist.
    /// </summary>
    internal ProcessStartInfo CreateStart(params IEnumerable<string> moreArgs)
    {
        var program = Program;
        if (program.Contains('/', StringComparison.Ordinal))
        {
            program = Path.GetFullPath(program);
            if (!File.Exists(program))
                throw new HeadraceException($"The worker program {program} does not exist.");
        }
        if (Cwd is { } folder && !Directory.Exists(folder))
            throw new HeadraceException($"The working folder {Path.GetFullPath(folder)} of {Program} does not exist.");
        var start = OwnSession.Of([program, .. Args, .. moreArgs]);
        foreach (var (name, value) in Env)
            start.Environment[name] = value;
        // A key in the server's environment, usually the admin key, is not passed to the worker, because a process's
        // environment can be read by every process of the same user.
        start.Environment.Remove(WorkerProcess.Key);
        if (Cwd is not null)
            start.WorkingDirectory = Path.GetFullPath(Cwd);
        return start;
    }

    /// <summary>Adds every error to <paramref name="faults"/>, each with the invalid value and a remedy.</summary>
    internal void Validate(string pool, List<string> faults)
    {
        if (string.IsNullOrWhiteSpace(Program))
            faults.Add($"The command for pool '{pool}' has no program. Set command.program to the path of a program.");
        foreach (var text in (IEnumerable<string>)[Program, .. Args, .. Env.Keys, .. Env.Values, Cwd ?? ""])
            if (text.Contains('\0', StringComparison.Ordinal))
                faults.Add(
                    $"The command for pool '{pool}' contains the character U+0000, which cannot be passed to a "
                        + "process. Remove it."
                );
        foreach (var name in Env.Keys)
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
                faults.Add(
                    $"The command for pool '{pool}' sets the environment variable '{name}'. Use a name without '='."
                );
            else if (name.StartsWith(ReservedPrefix, StringComparison.Ordinal))
                faults.Add(
                    $"The command for pool '{pool}' sets {name}. The server sets the {ReservedPrefix} variables of its "
                        + "workers itself. Remove this variable."
                );
        if (Cwd is { Length: 0 })
            faults.Add($"The working folder (command.cwd) of pool '{pool}' is empty. Remove it, or specify a folder.");
    }
}
