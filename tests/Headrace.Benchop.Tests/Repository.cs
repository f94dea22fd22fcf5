namespace Headrace.Benchop.Tests;

/// <summary>Finds the source checkout from which the tests were built.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static IEnumerable<string> Sources(params string[] folder) =>
        Directory.EnumerateFiles(Path.Combine([Root, .. folder]), "*.cs", SearchOption.AllDirectories);

    /// <summary>Returns all files in a folder, except for build output.</summary>
    public static IEnumerable<string> Texts(string folder) =>
        Directory
            .EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
            .Where(f =>
                !Path.GetRelativePath(Root, f).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin")
            );

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Headrace.slnx")))
            folder = folder.Parent;

        return folder?.FullName
            ?? throw new DirectoryNotFoundException(
                "The tests must run inside the checkout, but no parent folder contains Headrace.slnx."
            );
    }
}
