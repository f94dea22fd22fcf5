namespace Headrace.Worker.Commands;

/// <summary>
/// The Python package <c>headrace</c>, which is stored next to the worker's program, so that users need not install it
/// for their scripts.
/// </summary>
internal static class PythonPackage
{
    /// <summary>The environment variable that lists the folders in which Python looks for packages.</summary>
    public const string Variable = "PYTHONPATH";

    /// <summary>Gets the folder that contains the package; null if this program was built without it.</summary>
    public static string? Folder { get; } = Find(Path.Combine(AppContext.BaseDirectory, "python"));

    private static string? Find(string folder) => Directory.Exists(folder) ? folder : null;
}
