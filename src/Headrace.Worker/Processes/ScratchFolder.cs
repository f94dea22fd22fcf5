using Headrace.Core;

namespace Headrace.Worker.Processes;

/// <summary>A folder that one execution may use freely. It is deleted with everything in it.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = true,
    };

    private ScratchFolder(string path) => Path = path;

    public string Path { get; }

    public static ScratchFolder Create(string path)
    {
        UnixMode.CreateFolder(path, UnixMode.OwnerOnly);
        return new ScratchFolder(path);
    }

    /// <summary>Returns the path of a file in the folder.</summary>
    public string FileOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>
    /// Reads a file, at most <paramref name="max"/> bytes of it. Throws <see cref="HeadraceException"/>, with a message
    /// that continues a sentence, if it is missing or not a regular file.
    /// </summary>
    public byte[] ReadFile(string name, int max)
    {
        using var file =
            RegularFile.TryOpen(FileOf(name), name)
            ?? throw new HeadraceException($"it did not write the file {name}.");
        return file.Read(max);
    }

    /// <summary>Returns the size of all files in the folder, in bytes.</summary>
    public long Size()
    {
        try
        {
            return new DirectoryInfo(Path)
                .EnumerateFiles("*", Everything)
                .Where(file => file.LinkTarget is null)
                .Sum(file => file.Length);
        }
        catch (Exception changing) when (changing is IOException or UnauthorizedAccessException)
        {
            // The program deleted a file after it was listed and before its size was read. The next sample corrects
            // the total.
            return 0;
        }
    }

    public void Dispose() => Delete(Path);

    /// <summary>
    /// Deletes a folder. A file that cannot be deleted stays there until the next worker tries again.
    /// </summary>
    public static void Delete(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Already deleted, possibly by the program.
        }
        catch (Exception locked) when (locked is IOException or UnauthorizedAccessException)
        {
            DeleteLocked(path);
        }
    }

    /// <summary>Deletes a folder after the program has removed access rights from its subfolders.</summary>
    private static void DeleteLocked(string path)
    {
        try
        {
            var pending = new Stack<string>([path]);
            while (pending.TryPop(out var folder))
            {
                UnixMode.Set(folder, UnixMode.OwnerOnly);
                foreach (var inner in new DirectoryInfo(folder).EnumerateDirectories())
                    if (inner.LinkTarget is null)
                        pending.Push(inner.FullName);
            }
            Directory.Delete(path, recursive: true);
        }
        catch (Exception locked) when (locked is IOException or UnauthorizedAccessException)
        {
            // Another user owns a file in the folder. The folder is kept, and this worker continues.
        }
    }
}
