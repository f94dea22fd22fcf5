using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Headrace.Server.Machine;

/// <summary>The few calls of the operating system that the framework does not offer.</summary>
internal static class Unix
{
    public const int SigKill = 9;
    public const int SigTerm = 15;

    private const int ReadWrite = 2; // O_RDWR
    private const int CloseOnExec = 0x80000; // O_CLOEXEC: a child that inherited the lock would prolong it
    private const int ExclusiveNow = 2 | 4; // LOCK_EX | LOCK_NB

    /// <summary>The effective user id.</summary>
    [DllImport("libc", EntryPoint = "geteuid")]
    public static extern uint UserId();

    /// <summary>
    /// Opens an existing file for reading and writing without the advisory lock that the framework puts on whatever it
    /// opens: that one would collide with ours.
    /// Invalid when it cannot be opened.
    /// </summary>
    public static SafeFileHandle OpenUnlocked(string path) =>
        new(Open(path, ReadWrite | CloseOnExec), ownsHandle: true);

    /// <summary>
    /// Takes the whole-file lock that the kernel frees with the last handle, so also after a kill -9; false when
    /// another has it.
    /// </summary>
    public static bool TryLock(SafeFileHandle file) => FileLock(file, ExclusiveNow) == 0;

    /// <summary>
    /// Sends a signal to a process, or with a negative id to a process group; a process that is gone already is no
    /// error.
    /// </summary>
    public static void Signal(int process, int signal) => _ = Kill(process, signal);

    // Without O_CREAT the call has no third argument, and so none of the trouble of variable arguments.
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static extern int FileLock(SafeFileHandle file, int operation);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
