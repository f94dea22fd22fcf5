using Headrace.Core;
using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods.Scripts;

/// <summary>Runs a script once to determine which methods it defines.</summary>
internal static class ScriptDescription
{
    /// <summary>The folder next to a script that contains the files that run it.</summary>
    private const string RunnerFolder = "headrace";

    /// <summary>Writes the manifests of a script next to it, and copies the files that run it.</summary>
    /// <exception cref="HeadraceException">
    /// The script does not describe its methods. The message states the reason.
    /// </exception>
    public static Task WriteManifestsAsync(ScriptLanguage language, string script, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(script)!;
        if (language.Runner is { } runner)
            MethodsFolder.CopyFolder(
                Path.Combine(AppContext.BaseDirectory, runner),
                Path.Combine(folder, RunnerFolder)
            );
        var file = Path.GetFileName(script);
        return new DescribingProgram
        {
            Arguments = [language.Program, .. language.Arguments(Path.Combine(folder, RunnerFolder), script)],
            Folder = folder,
            Environment = ScriptLanguage.Environment,
            File = file,
            Missing = reason =>
                $"{file} needs {language.Name}, but the program {language.Program} could not be started: {reason}. "
                + $"Install it: {language.Install}",
            SlowRemedy =
                "Put code that takes a long time into a function, so that it does not run when the script is loaded.",
        }.WriteManifestsAsync(cancellationToken);
    }
}
