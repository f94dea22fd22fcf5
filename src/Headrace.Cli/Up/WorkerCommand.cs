namespace Headrace.Cli.Up;

/// <summary>The command line that starts this program as a local worker: <c>headrace worker start</c>.</summary>
internal static class WorkerCommand
{
    public const string Group = "worker";
    public const string Start = "start";

    public static IReadOnlyList<string> OfThisProcess() =>
        Of(
            Environment.ProcessPath
                ?? throw new InvalidOperationException("The platform does not report the path of this program."),
            Environment.GetCommandLineArgs()[0]
        );

    /// <summary>
    /// Returns the command line. If this process was started as <c>dotnet headrace.dll</c>, the program is
    /// <c>dotnet</c> and the DLL is its first argument.
    /// </summary>
    public static IReadOnlyList<string> Of(string program, string file) =>
        Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [program, Path.GetFullPath(file), Group, Start]
            : [program, Group, Start];
}
