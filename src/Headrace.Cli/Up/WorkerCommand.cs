namespace Headrace.Cli.Up;

/// <summary>The command line that starts this program as a local worker: <c>headrace worker start</c>.</summary>
internal static class WorkerCommand
{
    public const string Group = "worker";
    public const string Start = "start";

    public static IReadOnlyList<string> OfThisProcess() => [.. ProgramOfThisProcess(), Group, Start];

    /// <summary>Returns the command line that starts this program without a command.</summary>
    public static IReadOnlyList<string> ProgramOfThisProcess() =>
        ProgramOf(
            Environment.ProcessPath
                ?? throw new InvalidOperationException("The platform does not report the path of this program."),
            Environment.GetCommandLineArgs()[0]
        );

    public static IReadOnlyList<string> Of(string program, string file) => [.. ProgramOf(program, file), Group, Start];

    /// <summary>
    /// If this process was started as <c>dotnet headrace.dll</c>, the program is <c>dotnet</c> and the DLL is its first
    /// argument.
    /// </summary>
    private static string[] ProgramOf(string program, string file) =>
        Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, Path.GetFullPath(file)] : [program];
}
