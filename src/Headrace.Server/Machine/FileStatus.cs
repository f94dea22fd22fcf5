using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Headrace.Server.Machine;

/// <summary>Identifies a file or folder on this machine, even if it is renamed.</summary>
internal readonly record struct FileId(ulong Device, ulong Inode);

/// <summary>The owner, the mode and the identity of a file or folder.</summary>
internal readonly record struct FileStatus(FileId Id, uint Owner, UnixFileMode Mode, bool IsLink)
{
    private const int WorkingFolder = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH: returns the status of the file descriptor itself
    private const uint BasicFields = 0x7ff; // STATX_BASIC_STATS
    private const int TypeMask = 0xf000; // S_IFMT
    private const int LinkType = 0xa000; // S_IFLNK
    private const int ModeMask = 0xfff;

    /// <summary>
    /// Whether the file status is available on this operating system. If it is not, callers can check only whether a
    /// file exists.
    /// </summary>
    public static bool IsAvailable { get; } = OperatingSystem.IsLinux();

    /// <summary>
    /// Returns the status of the file at this path. Symbolic links are followed. Returns null if there is no such file,
    /// or if the file status is not available.
    /// </summary>
    public static FileStatus? Of(string path) => Read(WorkingFolder, path, 0);

    /// <summary>Returns the status of the file at this path. A symbolic link is not followed.</summary>
    public static FileStatus? OfLink(string path) => Read(WorkingFolder, path, NoFollow);

    /// <summary>Returns the status of an open file, even if it has been deleted.</summary>
    public static FileStatus? Of(SafeFileHandle file) => Read((int)file.DangerousGetHandle(), "", EmptyPath);

    private static FileStatus? Read(int folder, string path, int flags) =>
        IsAvailable && Statx(folder, path, flags, BasicFields, out var found) == 0
            ? new FileStatus(
                new FileId(((ulong)found.DeviceMajor << 32) | found.DeviceMinor, found.Inode),
                found.Owner,
                (UnixFileMode)(found.Mode & ModeMask),
                (found.Mode & TypeMask) == LinkType
            )
            : null;

    // Unlike stat, statx has the same layout on every processor architecture.
    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static extern int Statx(
        int folder,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path,
        int flags,
        uint fields,
        out Layout found
    );

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Layout
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
