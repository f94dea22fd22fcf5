using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods.Scripts;

/// <summary>Combines a script, or the scripts in a folder, with the manifests of their methods.</summary>
internal static class StagedScript
{
    /// <summary>
    /// Stages a script, or a folder that contains scripts but no manifest. The staged folder has the name of the script
    /// without its extension. Returns null for any other source.
    /// </summary>
    /// <exception cref="Core.HeadraceException">The script does not describe its methods.</exception>
    public static async Task<StagedFolder?> CreateAsync(string source, CancellationToken cancellationToken)
    {
        var isFolder = Directory.Exists(source);
        List<(ScriptLanguage Language, string File)> scripts =
            isFolder ? ScriptsIn(source)
            : File.Exists(source) && ScriptLanguage.Of(source) is { } language ? [(language, source)]
            : [];
        if (scripts.Count == 0)
            return null;
        var full = Path.GetFullPath(source).TrimEnd('/');
        return await StagedFolder.CreateAsync(
            isFolder ? Path.GetFileName(full) : Path.GetFileNameWithoutExtension(full),
            next => string.Join(", or ", scripts.Select(script => script.Language.NextVersion(next)).Distinct()),
            async folder =>
            {
                if (isFolder)
                    MethodsFolder.CopyFolder(full, folder);
                else
                {
                    Directory.CreateDirectory(folder);
                    File.Copy(full, Path.Combine(folder, Path.GetFileName(full)));
                }
                foreach (var (of, script) in scripts)
                    await ScriptDescription.WriteManifestsAsync(
                        of,
                        Path.Combine(folder, Path.GetFileName(script)),
                        cancellationToken
                    );
            }
        );
    }

    private static List<(ScriptLanguage Language, string File)> ScriptsIn(string folder) =>
        Directory.EnumerateFiles(folder, $"*{MethodManifest.Extension}").Any()
            ? []
            :
            [
                .. Directory
                    .EnumerateFiles(folder)
                    .Order(StringComparer.Ordinal)
                    .SelectMany(file => ScriptLanguage.All.Select(language => (Language: language, File: file)))
                    .Where(script => script.Language.Defines(script.File)),
            ];
}
