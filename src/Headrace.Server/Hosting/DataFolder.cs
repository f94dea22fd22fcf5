using System.Globalization;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;
using Microsoft.Win32.SafeHandles;

namespace Headrace.Server.Hosting;

/// <summary>
/// The data folder. This object holds a lock on it, so that only one server uses the folder at a time (R25).
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TimeSpan LockTimeout = TimeSpan.FromMilliseconds(300);

    private readonly SafeFileHandle _lock;

    private DataFolder(string path, SafeFileHandle held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <summary>Creates the folder if it does not exist, rejects an unsuitable location, and takes the lock.</summary>
    public static DataFolder Lock(string folder)
    {
        var path = System.IO.Path.GetFullPath(folder);
        var holder = "";
        if (FileSystemRule.Refusal(FileSystemOf(path), path) is { } refusal)
            throw new StartRefusedException(ServerExit.Refused, refusal);
        try
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            var file = System.IO.Path.Combine(path, "lock");
            if (!File.Exists(file))
                new FileStream(
                    file,
                    new FileStreamOptions
                    {
                        Mode = FileMode.OpenOrCreate,
                        Access = FileAccess.Write,
                        UnixCreateMode = OwnerOnly,
                    }
                ).Dispose();
            var held = Unix.OpenUnlocked(file);
            if (held.IsInvalid)
                throw new UnauthorizedAccessException();
            // Retries briefly, because a child process of the previous server inherits the lock and holds it until it
            // calls exec.
            if (SpinWait.SpinUntil(() => Unix.TryLock(held), LockTimeout))
            {
                WriteOwner(held);
                return new DataFolder(path, held);
            }
            using (held)
                holder = Holder(held);
        }
        catch (UnauthorizedAccessException)
        {
            throw new StartRefusedException(
                ServerExit.NotAllowed,
                $"The data folder {path} is not writable by user {Environment.UserName} ({Unix.UserId()}). "
                    + "Make that user the owner of the folder, or choose another folder with --data."
            );
        }
        catch (IOException notAFolder)
        {
            throw new StartRefusedException(
                ServerExit.NotAllowed,
                $"The data folder {path} cannot be used: {notAFolder.Message} Choose another folder with --data."
            );
        }
        throw new StartRefusedException(
            ServerExit.Refused,
            $"Another server{holder} is using the data folder {path}. Use that server, stop it, or choose "
                + "another folder with --data."
        );
    }

    /// <summary>
    /// Releases the lock but keeps the file. If the file were deleted, two servers could lock two different files with
    /// the same name.
    /// </summary>
    public void Dispose() => _lock.Dispose();

    private static string FileSystemOf(string path)
    {
        var existing = path;
        while (!Directory.Exists(existing) && System.IO.Path.GetDirectoryName(existing) is { } parent)
            existing = parent;
        return new DriveInfo(existing).DriveFormat;
    }

    private static void WriteOwner(SafeFileHandle held)
    {
        RandomAccess.SetLength(held, 0);
        RandomAccess.Write(
            held,
            System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)),
            0
        );
    }

    private static string Holder(SafeFileHandle file)
    {
        Span<byte> text = stackalloc byte[16];
        var length = RandomAccess.Read(file, text, 0);
        // The file is empty if the owner has taken the lock but not yet written its process id. The message then omits
        // the process id.
        if (!int.TryParse(text[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var process))
            return "";
        var note = RunningServer.List().FirstOrDefault(note => note.ProcessId == process);
        return note is null ? $" (process {process})" : $" (process {process}, {note.Url})";
    }
}
