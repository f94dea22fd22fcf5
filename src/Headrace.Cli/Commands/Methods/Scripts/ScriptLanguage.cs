using System.Text.RegularExpressions;
using Headrace.Core;
using Headrace.Worker.Commands;

namespace Headrace.Cli.Commands.Methods.Scripts;

/// <summary>A language whose scripts describe their own methods, so no manifest needs to be written.</summary>
internal sealed record ScriptLanguage
{
    private const string DescribeWord = "describe";

    public static readonly IReadOnlyList<ScriptLanguage> All =
    [
        new()
        {
            Extension = ".py",
            Name = "Python 3.9 or later",
            Program = "python3",
            Install = "apt-get install python3",
            Mark = "headrace",
            Arguments = (_, script) => ["-m", "headrace", DescribeWord, script],
            NextVersion = next =>
                $"declare the changed function with @method(name=\"{next.Name}\", version={next.Version})",
        },
        new()
        {
            Extension = ".R",
            Name = "R",
            Program = "Rscript",
            Install = "apt-get install r-base-core r-cran-jsonlite",
            Mark = "method(",
            Runner = "r",
            Arguments = (runner, script) => ["--vanilla", $"{runner}/headrace.R", DescribeWord, script],
            NextVersion = next =>
                $"declare the changed function with method(\"{next.Name}\", …, version = {next.Version})",
        },
        new()
        {
            Extension = ".m",
            Name = "Octave",
            Program = "octave-cli",
            Install = "apt-get install octave",
            Mark = "headrace:",
            NamePattern = new Regex(@"^(BS|HST|MRT)[A-Za-z]+_\w+\.m$"),
            Runner = "octave",
            Arguments = (runner, script) => ["-qf", $"{runner}/headrace_main.m", DescribeWord, script],
            NextVersion = next =>
                $"write the comment % headrace: {{\"version\": {next.Version}}} below the first line of the function",
        },
    ];

    /// <summary>Gets the file name extension of the scripts.</summary>
    public required string Extension { get; init; }

    public required string Name { get; init; }

    /// <summary>Gets the program that runs the scripts.</summary>
    public required string Program { get; init; }

    /// <summary>Gets the command that installs the program.</summary>
    public required string Install { get; init; }

    /// <summary>Gets text that occurs in every file that defines methods.</summary>
    public required string Mark { get; init; }

    /// <summary>
    /// Gets a pattern for the names of other files that define methods; null if there are none. In Octave, it matches
    /// the names of the published BENCHOP codes, which can be used unchanged.
    /// </summary>
    public Regex? NamePattern { get; init; }

    /// <summary>
    /// Gets the folder next to this program that contains the files that run scripts; null if the language finds these
    /// files on its own. The folder is copied into the folder of each method.
    /// </summary>
    public string? Runner { get; init; }

    /// <summary>
    /// Gets the function that returns the arguments with which the program describes a script, given the runner folder
    /// and the script. With these arguments, the program prints the manifests as <c>{"methods": [...]}</c>.
    /// </summary>
    public required Func<string, string, IReadOnlyList<string>> Arguments { get; init; }

    /// <summary>
    /// Gets the function that returns an instruction to declare a method with this version in a script.
    /// </summary>
    public required Func<MethodRef, string> NextVersion { get; init; }

    /// <summary>Gets the environment variables that scripts need to find the files of their language.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = Variables();

    /// <summary>Returns the language of a file; null if the file name does not indicate one.</summary>
    public static ScriptLanguage? Of(string file) =>
        All.FirstOrDefault(language => file.EndsWith(language.Extension, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Returns whether a file in a folder defines methods. Other files are modules that those files use.
    /// </summary>
    public bool Defines(string file) =>
        file.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)
        && (
            NamePattern?.IsMatch(Path.GetFileName(file)) == true
            || File.ReadAllText(file).Contains(Mark, StringComparison.Ordinal)
        );

    private static Dictionary<string, string> Variables()
    {
        if (PythonPackage.Folder is not { } folder)
            return [];
        var given = System.Environment.GetEnvironmentVariable(PythonPackage.Variable);
        return new() { [PythonPackage.Variable] = string.IsNullOrEmpty(given) ? folder : $"{folder}:{given}" };
    }
}
