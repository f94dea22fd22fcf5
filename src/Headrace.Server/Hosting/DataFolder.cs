using System.Globalization;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;
using Microsoft.Win32.SafeHandles;

namespace Headrace.Server.Hosting;

/// <summary>The data folder, held by a lock for as long as this lives: one server at a time (R25).</summary>
internal sealed class DataFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TimeSpan LockTimeout = TimeSpan.FromMilliseconds(300);

    private readonly SafeFileHandle _lock;

    private DataFolder(string path, SafeFileHandle held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <summary>Creates the folder if need be, refuses a place that will not do, and takes the lock.</summary>
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
            // For a moment, because a child of the server before has its lock until it has become another program.
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
                $"The data folder {path} is not writable by user {Environment.UserName} ({Unix.UserId()}). Give that user the folder, or choose another with --data."
            );
        }
        catch (IOException notAFolder)
        {
            throw new StartRefusedException(
                ServerExit.NotAllowed,
                $"The data folder {path} cannot be used: {notAFolder.Message} Choose another with --data."
            );
        }
        throw new StartRefusedException(
            ServerExit.Refused,
            $"Another server{holder} uses the data folder {path}. Use that one, stop it, or choose another folder with --data."
        );
    }

    /// <summary>
    /// Frees the lock. The file stays: to delete it would let two servers lock two files of one name.
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
        // Empty where its owner has just taken it and not signed yet: the refusal stands without the number.
        if (!int.TryParse(text[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var process))
            return "";
        var note = RunningServer.List().FirstOrDefault(note => note.ProcessId == process);
        return note is null ? $" (process {process})" : $" (process {process}, {note.Url})";
    }
}
