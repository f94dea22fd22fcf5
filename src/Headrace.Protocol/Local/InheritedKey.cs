using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Headrace.Protocol.Local;

/// <summary>Reads the key that a supervisor passes to a worker through an inherited file descriptor.</summary>
internal static class InheritedKey
{
    /// <summary>Maximum number of bytes to read. Longer text is not a key.</summary>
    private const int MaxBytes = 4 << 10;

    /// <summary>
    /// Reads the descriptor to the end and closes it. Throws <see cref="IOException"/> if it is not open or cannot be
    /// read.
    /// </summary>
    public static string Read(int descriptor)
    {
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        var bytes = new byte[MaxBytes];
        return Encoding.UTF8.GetString(bytes, 0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }
}
