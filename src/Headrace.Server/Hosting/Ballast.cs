namespace Headrace.Server.Hosting;

/// <summary>
/// A file that reserves space on the disk of a store. The server deletes it when a commit runs out of disk space (R25).
/// Its blocks are allocated without being written, so creating it takes almost no time. On a file system without
/// preallocation, such as ZFS, the file reserves no space, and only the low-water mark protects the store.
/// </summary>
internal sealed class Ballast(string path, long bytes)
{
    /// <summary>Returns the ballast for a data folder; null if the store does not use a disk.</summary>
    public static Ballast? Of(ServerOptions options) =>
        options.Store == StoreKind.Memory
            ? null
            : new Ballast(Path.Combine(Path.GetFullPath(options.Data), "ballast"), options.StorageReserve);

    /// <summary>Whether the file exists with its full size.</summary>
    public bool Exists => new FileInfo(path) is { Exists: true } file && file.Length == bytes;

    /// <summary>Creates the file. Returns false if the disk does not have enough free space.</summary>
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

    /// <summary>
    /// Deletes the file to free its space for the store. Returns false if the file does not exist or cannot be deleted.
    /// </summary>
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
