namespace Headrace.Server.Hosting;

/// <summary>
/// A file of nothing that keeps room on the disk of a store, to be given up when a commit finds none (R25). Its blocks
/// are allocated without being written, so that laying it
/// costs no time. A file system that allocates nothing ahead (ZFS) keeps a name only: there the low-water mark stands
/// alone.
/// </summary>
internal sealed class Ballast(string path, long bytes)
{
    /// <summary>True when it lies there at its full size.</summary>
    public bool Exists => new FileInfo(path) is { Exists: true } file && file.Length == bytes;

    /// <summary>Lays it; false where the disk has no room for it.</summary>
    public bool TryCreate()
    {
        try
        {
            using var file = new FileStream(
                path,
                new FileStreamOptions
                {
                    Mode = FileMode.Create,
                    Access = FileAccess.Write,
                    PreallocationSize = bytes,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            );
            file.SetLength(bytes);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            TryRelease();
            return false;
        }
    }

    /// <summary>Gives its room to the store; false where it was not there, or cannot be removed.</summary>
    public bool TryRelease()
    {
        try
        {
            if (!File.Exists(path))
                return false;
            File.Delete(path);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
