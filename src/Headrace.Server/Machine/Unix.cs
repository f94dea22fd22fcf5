using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Headrace.Server.Machine;

/// <summary>Operating system calls that the framework does not provide.</summary>
internal static class Unix
{
    public const int SigKill = 9;
    public const int SigTerm = 15;

    private const int ReadWrite = 2; // O_RDWR
    private const int CloseOnExec = 0x80000; // O_CLOEXEC: a child that inherited the handle would keep the lock
    private const int ExclusiveNow = 2 | 4; // LOCK_EX | LOCK_NB

    /// <summary>
    /// The number of files and connections that this process may have open at the same time. The runtime has already
    /// raised the soft limit to the hard limit.
    /// </summary>
    public static long DescriptorLimit() =>
        GetLimit(OperatingSystem.IsMacOS() ? 8 : 7, out var limit) == 0 // RLIMIT_NOFILE
            ? (long)Math.Min(limit.Soft, long.MaxValue)
            : long.MaxValue;

    /// <summary>The effective user id.</summary>
    [DllImport("libc", EntryPoint = "geteuid")]
    public static extern uint UserId();

    /// <summary>
    /// Opens an existing file for reading and writing without the advisory lock that the framework acquires on every
    /// file it opens, because that lock would conflict with the lock that <see cref="TryLock"/> acquires. The handle is
    /// invalid if the file cannot be opened.
    /// </summary>
    public static SafeFileHandle OpenUnlocked(string path) =>
        new(Open(path, ReadWrite | CloseOnExec), ownsHandle: true);

    /// <summary>
    /// Locks the whole file. The kernel releases the lock when the last handle is closed, even if the process is
    /// killed. Returns false if another process holds the lock.
    /// </summary>
    public static bool TryLock(SafeFileHandle file) => FileLock(file, ExclusiveNow) == 0;

    /// <summary>
    /// Sends a signal to a process, or to a process group if the id is negative. It is not an error if the process no
    /// longer exists.
    /// </summary>
    public static void Signal(int process, int signal) => _ = Kill(process, signal);

    // Without O_CREAT, the call has no third argument. This avoids the calling convention of variadic functions.
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static extern int FileLock(SafeFileHandle file, int operation);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);

    [DllImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static extern int GetLimit(int resource, out ResourceLimit limit);

    private struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
