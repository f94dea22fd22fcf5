using System.Runtime.InteropServices;

namespace Headrace.Worker.Processes;

/// <summary>System calls for child processes that the framework does not provide. Linux only.</summary>
internal static unsafe partial class Libc
{
    public const int SigKill = 9;
    public const int SigPipe = 13;

    public const short PollIn = 1;
    public const short PollOut = 4;
    public const short PollError = 8;
    public const short PollHangUp = 16;

    public const int NoSuchFile = 2; // ENOENT
    public const int NoSuchProcess = 3; // ESRCH
    public const int Interrupted = 4; // EINTR
    public const int TryAgain = 11; // EAGAIN
    public const int TooManyFiles = 24; // EMFILE
    public const int BrokenPipe = 32; // EPIPE

    public const int CloseOnExec = 0x80000; // O_CLOEXEC, and EFD_CLOEXEC
    public const int NonBlocking = 0x800; // O_NONBLOCK, and EFD_NONBLOCK
    public const int NoHang = 1; // WNOHANG
    public const int PathOnly = 0x200000; // O_PATH: refers to a file without opening it
    public const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    public const uint TypeAndSize = 0x201; // STATX_TYPE and STATX_SIZE
    public const int SetFileFlags = 4; // F_SETFL
    public const int DuplicateAbove = 1030; // F_DUPFD_CLOEXEC

    public const uint OwnerReadsAndWrites = 0x180; // S_IRUSR and S_IWUSR

    public const short SetSignalDefaults = 0x04; // POSIX_SPAWN_SETSIGDEF
    public const short SetSignalMask = 0x08; // POSIX_SPAWN_SETSIGMASK
    public const short SetSession = 0x80; // POSIX_SPAWN_SETSID

    public const int DataLimit = 2; // RLIMIT_DATA

    /// <summary>
    /// Larger than posix_spawnattr_t, posix_spawn_file_actions_t and sigset_t in every C library.
    /// </summary>
    public const int OpaqueSize = 512;

    /// <summary>O_NOFOLLOW, which is one of the few flags that differ between platforms.</summary>
    public static readonly int NoFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;

    private const long PidFdOpen = 434; // the same number on every platform

    /// <summary>Returns a descriptor that becomes readable when the process exits; -1 if there is none.</summary>
    public static int OpenPidFd(int process) => (int)SysCall(PidFdOpen, process, 0);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int file, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int file, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "wait4", SetLastError = true)]
    public static partial int Wait(int process, out int status, int options, out ResourceUsage usage);

    [LibraryImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    public static partial int SetLimit(int process, int resource, in ResourceLimit limit, nint previous);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    /// <summary>Describes an open descriptor if the path is empty.</summary>
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int GetStatus(int folder, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakePipe(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int socket, nint address, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnp")]
    public static partial int Spawn(
        out int process,
        byte* program,
        byte* fileActions,
        byte* attributes,
        byte** arguments,
        byte** environment
    );

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int InitAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SetDefaultSignals(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static partial int EmptySignals(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    public static partial int FillSignals(byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int InitFileActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int DestroyFileActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int AddDuplicate(byte* actions, int source, int target);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    public static partial int AddChangeFolder(byte* actions, byte* path);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SysCall(long number, long first, long second);

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int File;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }

    /// <summary>struct statx, which is the same on every platform.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct FileStatus
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(40)]
        public ulong Size;
    }

    /// <summary>struct rusage: two times of two words each, then fourteen numbers.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    public struct ResourceUsage
    {
        [FieldOffset(0)]
        public long UserSeconds;

        [FieldOffset(8)]
        public long UserMicroseconds;

        [FieldOffset(16)]
        public long SystemSeconds;

        [FieldOffset(24)]
        public long SystemMicroseconds;

        /// <summary>The largest resident size of any process, in KB.</summary>
        [FieldOffset(32)]
        public long PeakKilobytes;
    }
}
