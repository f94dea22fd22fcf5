namespace Headrace.Worker.Processes;

/// <summary>
/// The access modes of files and folders. Programs can run as methods only on Unix systems; a worker on another system
/// can still run the methods that it maps itself.
/// </summary>
internal static class UnixMode
{
    private const string Unsupported = "Programs can run as methods only on Unix systems.";

    /// <summary>Write permissions for users other than the owner.</summary>
    public const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>All permissions for the owner, and none for other users.</summary>
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static UnixFileMode Of(string path) =>
        OperatingSystem.IsWindows() ? throw new PlatformNotSupportedException(Unsupported) : File.GetUnixFileMode(path);

    public static void Set(string path, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException(Unsupported);
        File.SetUnixFileMode(path, mode);
    }

    public static void CreateFolder(string path, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException(Unsupported);
        Directory.CreateDirectory(path, mode);
    }
}
