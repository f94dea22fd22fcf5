using Headrace.Core;

namespace Headrace.Cli.Commands.Methods;

/// <summary>
/// A temporary folder that combines the files of a method with its manifest. It can be installed like any other folder
/// with manifests.
/// </summary>
internal sealed class StagedFolder : IDisposable
{
    private readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("headrace-install-");

    /// <param name="name">The name under which the folder is installed.</param>
    public StagedFolder(string name) => Path = System.IO.Path.Combine(_temporary.FullName, name);

    /// <summary>Gets the path of the folder. The folder does not exist yet.</summary>
    public string Path { get; }

    /// <summary>
    /// Gets the function that returns the beginning of a sentence that instructs the author to declare the next version
    /// of a method.
    /// </summary>
    public required Func<MethodRef, string> NextVersion { get; init; }

    /// <summary>Creates a folder and puts files into it. If that fails, deletes it.</summary>
    public static async Task<StagedFolder> CreateAsync(
        string name,
        Func<MethodRef, string> nextVersion,
        Func<string, Task> fill
    )
    {
        var staged = new StagedFolder(name) { NextVersion = nextVersion };
        try
        {
            await fill(staged.Path);
            return staged;
        }
        catch
        {
            staged.Dispose();
            throw;
        }
    }

    public void Dispose() => _temporary.Delete(recursive: true);
}
