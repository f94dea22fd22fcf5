using System.Diagnostics;
using Headrace.Protocol.Local;

namespace Headrace.Bench;

/// <summary>
/// Starts the programs of a measurement, each in a separate session, so that a signal to this program does not reach
/// them.
/// </summary>
internal static class StartedProgram
{
    /// <summary>
    /// The environment variable with the path of the <c>headrace</c> executable to measure. Default: the executable
    /// that was built with this program.
    /// </summary>
    public const string ProgramVariable = "HEADRACE_PROGRAM";

    /// <summary>Starts the measured program: <c>headrace</c> with the given arguments.</summary>
    public static Process Headrace(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment) =>
        Start([MeasuredProgram(), .. arguments], environment, keepInput: false);

    /// <summary>
    /// Starts another process that runs this program. If <paramref name="keepInput"/> is true, its standard input stays
    /// open for further lines.
    /// </summary>
    public static Process Bench(
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        bool keepInput = false
    )
    {
        var program =
            Environment.ProcessPath
            ?? throw new InvalidOperationException("The path of this program cannot be determined.");
        // If this program was started as `dotnet Headrace.Bench.dll`, the executable is dotnet and the DLL is its first
        // argument.
        string[] command =
            Path.GetFileNameWithoutExtension(program) == "dotnet"
                ? [program, Path.GetFullPath(Environment.GetCommandLineArgs()[0])]
                : [program];
        return Start([.. command, .. arguments], environment, keepInput);
    }

    /// <summary>Returns the path of the measured program.</summary>
    public static string MeasuredProgram()
    {
        if (Environment.GetEnvironmentVariable(ProgramVariable) is { Length: > 0 } named)
            return File.Exists(named)
                ? Path.GetFullPath(named)
                : throw new FileNotFoundException(
                    $"The program '{named}' does not exist. Set {ProgramVariable} to the path of the headrace "
                        + "executable."
                );
        // artifacts/bin/Headrace.Bench/release → artifacts/bin/Headrace.Cli/release
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var built = Path.GetFullPath(
            Path.Combine(AppContext.BaseDirectory, "..", "..", "Headrace.Cli", configuration, "headrace")
        );
        return File.Exists(built)
            ? built
            : throw new FileNotFoundException(
                $"The program '{built}' does not exist. Build it with `dotnet build bench/Headrace.Bench -c "
                    + $"Release`, or set {ProgramVariable} to the path of the headrace executable."
            );
    }

    private static Process Start(
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string> environment,
        bool keepInput
    )
    {
        var start = OwnSession.Of(command);
        // The server, key and settings configured for the current user must not affect the measurement.
        foreach (
            var name in start
                .Environment.Keys.Where(key => key.StartsWith("HEADRACE_", StringComparison.Ordinal))
                .ToList()
        )
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new IOException($"{command[0]} could not be started.");
        if (!keepInput)
            process.StandardInput.Close();
        return process;
    }
}
