using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods.Scripts;

/// <summary>
/// A temporary folder with a script, or with the files of a folder of scripts, and the manifests of their methods. It
/// can be installed like any folder with manifests.
/// </summary>
internal sealed class StagedScript : IDisposable
{
    private readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("headrace-script-");

    private StagedScript(string name) => Folder = Path.Combine(_temporary.FullName, name);

    /// <summary>Gets the folder to install. Its name is that of the script without its extension.</summary>
    public string Folder { get; }

    /// <summary>
    /// Stages a script, or a folder with scripts and without a manifest. Returns null for any other source.
    /// </summary>
    /// <exception cref="Core.HeadraceException">The script does not describe its methods.</exception>
    public static async Task<StagedScript?> CreateAsync(string source, CancellationToken cancellationToken)
    {
        var isFolder = Directory.Exists(source);
        List<(ScriptLanguage Language, string File)> scripts =
            isFolder ? ScriptsIn(source)
            : File.Exists(source) && ScriptLanguage.Of(source) is { } language ? [(language, source)]
            : [];
        if (scripts.Count == 0)
            return null;
        var full = Path.GetFullPath(source).TrimEnd('/');
        var staged = new StagedScript(isFolder ? Path.GetFileName(full) : Path.GetFileNameWithoutExtension(full));
        try
        {
            if (isFolder)
                MethodsFolder.CopyFolder(full, staged.Folder);
            else
            {
                Directory.CreateDirectory(staged.Folder);
                File.Copy(full, Path.Combine(staged.Folder, Path.GetFileName(full)));
            }
            foreach (var (of, script) in scripts)
                await ScriptDescription.WriteManifestsAsync(
                    of,
                    Path.Combine(staged.Folder, Path.GetFileName(script)),
                    cancellationToken
                );
            return staged;
        }
        catch
        {
            staged.Dispose();
            throw;
        }
    }

    public void Dispose() => _temporary.Delete(recursive: true);

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
