namespace Headrace.Cli.Up;

/// <summary>How to start this program again as a local worker.</summary>
internal static class WorkerCommand
{
    public const string Verb = "worker";

    public static IReadOnlyList<string> OfThisProcess() =>
        Of(
            Environment.ProcessPath
                ?? throw new InvalidOperationException("The platform does not say which program this is."),
            Environment.GetCommandLineArgs()[0]
        );

    /// <summary>Started as <c>dotnet headrace.dll</c>, the program is dotnet and the file its first argument.</summary>
    public static IReadOnlyList<string> Of(string program, string file) =>
        Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [program, Path.GetFullPath(file), Verb]
            : [program, Verb];
}
