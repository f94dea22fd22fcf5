using System.Globalization;
using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;
using Microsoft.Win32.SafeHandles;

namespace Headrace.Server.Hosting;

/// <summary>
/// The data folder. This object holds a lock on the folder, so that only one server uses it at a time (R25).
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TimeSpan LockTimeout = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// Only <see cref="Check"/> replaces this handle, and only one loop calls that method until the server stops.
    /// </summary>
    private SafeFileHandle _lock;

    /// <summary>
    /// The identities of the folder and the database that this server uses. They are null before <see cref="Watch"/> is
    /// called, and on a machine that does not report the identity of files.
    /// </summary>
    private FileId? _folderId;

    private (string Path, FileId? Id)? _database;

    private DataFolder(string path, SafeFileHandle held) => (Path, _lock) = (path, held);

    public string Path { get; }

    private string LockFile => System.IO.Path.Combine(Path, "lock");

    /// <summary>
    /// Creates the folder if it does not exist, rejects an unsuitable location, and acquires the lock.
    /// </summary>
    public static DataFolder Lock(string folder)
    {
        var path = System.IO.Path.GetFullPath(folder);
        var holder = "";
        if (FileSystemRule.Refusal(FileSystemOf(path), path) is { } refusal)
            throw new StartRefusedException(ServerExit.Refused, refusal);
        try
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            if (DataFolderRule.Refusal(FileStatus.Of(path), Unix.UserId(), path) is { } open)
                throw new StartRefusedException(ServerExit.NotAllowed, open);
            var held = OpenLock(System.IO.Path.Combine(path, "lock"));
            if (held.IsInvalid)
                throw new UnauthorizedAccessException();
            // Retries briefly, because a newly forked child of the previous server holds the inherited lock until it
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
    /// Records which folder and which database file this server uses, so that <see cref="Check"/> can detect when
    /// either is deleted or replaced.
    /// </summary>
    /// <param name="database">The file of the store; null if the store is not in the folder.</param>
    public void Watch(string? database)
    {
        _folderId = FileStatus.Of(Path)?.Id;
        _database = database is null ? null : (database, FileStatus.Of(database)?.Id);
    }

    /// <summary>
    /// Returns the reason why this server no longer owns the data at the folder's path, or null if it still does.
    /// Acquires the lock again if only the lock file was deleted.
    /// </summary>
    public Reason? Check()
    {
        const string Remedy =
            "Jobs that have been accepted since then are lost. If the folder was moved, move it back or specify its "
            + "new location with --data, and start the server again.";
        if (!Directory.Exists(Path))
            return Reason.Of(
                $"The data folder{Hidden(Path)} was deleted or moved while the server was running. {Remedy}"
            );
        if (_folderId is { } folder && FileStatus.Of(Path)?.Id != folder)
            return Reason.Of($"The data folder{Hidden(Path)} was replaced by another folder. {Remedy}");
        if (_database is { } database && !IsSame(database.Path, database.Id))
            return Reason.Of(
                $"The database{Hidden(database.Path)} was deleted or replaced while the server was running. {Remedy}"
            );
        return IsSame(LockFile, FileStatus.Of(_lock)?.Id) || TryLockAgain()
            ? null
            : Reason.Of($"The lock file{Hidden(LockFile)} was deleted, and another server has locked the data folder.");
    }

    /// <summary>Returns text that contains a path and is hidden from callers without a key.</summary>
    private static Reason Hidden(string path) => new($" {path}", "");

    private static bool IsSame(string path, FileId? id) =>
        id is null ? File.Exists(path) : FileStatus.Of(path)?.Id == id;

    private bool TryLockAgain()
    {
        var held = OpenLock(LockFile);
        if (held.IsInvalid || !Unix.TryLock(held))
        {
            held.Dispose();
            return false;
        }
        WriteOwner(held);
        _lock.Dispose();
        _lock = held;
        return true;
    }

    private static SafeFileHandle OpenLock(string file)
    {
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
        return Unix.OpenUnlocked(file);
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

    /// <summary>Writes the process id, which only messages use. The lock is held even if the disk is full.</summary>
    private static void WriteOwner(SafeFileHandle held)
    {
        try
        {
            RandomAccess.SetLength(held, 0);
            RandomAccess.Write(
                held,
                System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)),
                0
            );
        }
        catch (IOException) { }
    }

    private static string Holder(SafeFileHandle file)
    {
        Span<byte> text = stackalloc byte[16];
        var length = RandomAccess.Read(file, text, 0);
        // The file is empty if the owner has acquired the lock but has not written its process id yet. The message then
        // omits the process id.
        if (!int.TryParse(text[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var process))
            return "";
        var note = RunningServer.List().FirstOrDefault(note => note.ProcessId == process);
        return note is null ? $" (process {process})" : $" (process {process}, {note.Url})";
    }
}
