using Headrace.Worker.Commands;

namespace Headrace.Cli.Commands.Methods.Scripts;

/// <summary>A language whose scripts describe their methods themselves, so that nobody has to write a manifest.</summary>
/// <param name="Extension">The end of the names of the scripts.</param>
/// <param name="Name">The name of the language.</param>
/// <param name="Program">The program that runs scripts.</param>
/// <param name="Package">How to install the program.</param>
/// <param name="Mark">A text that a file contains if it defines methods.</param>
/// <param name="Arguments">
/// Returns the arguments with which the program describes a script. It prints <c>{"methods": [...]}</c>.
/// </param>
internal sealed record ScriptLanguage(
    string Extension,
    string Name,
    string Program,
    string Package,
    string Mark,
    Func<string, IReadOnlyList<string>> Arguments
)
{
    public static readonly IReadOnlyList<ScriptLanguage> All =
    [
        new(
            ".py",
            "Python 3.9 or later",
            "python3",
            "apt-get install python3",
            "headrace",
            script => ["-m", "headrace", "describe", script]
        ),
    ];

    /// <summary>Returns the language of a file; null if its name does not say.</summary>
    public static ScriptLanguage? Of(string file) =>
        All.FirstOrDefault(language => file.EndsWith(language.Extension, StringComparison.OrdinalIgnoreCase));

    /// <summary>Returns whether a file of a folder defines methods, and is not a module that belongs to one.</summary>
    public bool Defines(string file) =>
        file.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)
        && File.ReadAllText(file).Contains(Mark, StringComparison.Ordinal);

    /// <summary>Gets the environment in which scripts find the files of this language.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = Variables();

    private static Dictionary<string, string> Variables()
    {
        if (PythonPackage.Folder is not { } folder)
            return [];
        var given = System.Environment.GetEnvironmentVariable(PythonPackage.Variable);
        return new() { [PythonPackage.Variable] = string.IsNullOrEmpty(given) ? folder : $"{folder}:{given}" };
    }
}
