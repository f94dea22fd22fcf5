using System.Globalization;
using Headrace.Core;

namespace Headrace.Worker.Processes;

/// <summary>
/// A regular file that is open for reading. Anything else that may be found under the path is refused before it is
/// opened: a link could lead to any other file, a named pipe might never end, and to open a device can have effects.
/// </summary>
internal sealed class RegularFile : IDisposable
{
    private readonly Descriptor _descriptor;
    private readonly long _size;

    private RegularFile(Descriptor descriptor, long size) => (_descriptor, _size) = (descriptor, size);

    /// <summary>
    /// Opens a file without waiting. Throws <see cref="HeadraceException"/> if it is not a regular file.
    /// </summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="name">The subject of the exception's message.</param>
    /// <param name="followLink">Whether the path may be a link to the file.</param>
    /// <returns>The file; null if there is nothing under the path.</returns>
    public static RegularFile? TryOpen(string path, string name, bool followLink = false)
    {
        // The first descriptor refers to the file without opening it. The second one is opened through the first, so
        // that it cannot be another file.
        using var found = Descriptor.TryFind(path, name, followLink);
        if (found is null)
            return null;
        if (Libc.GetStatus(found.Number, "", Libc.EmptyPath, Libc.TypeAndSize, out var status) != 0)
            throw new HeadraceException($"{name} cannot be examined.");
        if (TypeOf(status.Mode) is { } other)
            throw new HeadraceException($"{name} is {other}, not a regular file.");
        var link = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{found.Number}");
        return new RegularFile(Descriptor.OpenRead(link, name), (long)Math.Min(status.Size, long.MaxValue));
    }

    /// <summary>Reads the file, at most <paramref name="max"/> bytes of it.</summary>
    public byte[] Read(int max)
    {
        var bytes = new byte[Math.Min(_size, max)];
        var count = 0;
        while (count < bytes.Length && _descriptor.Read(bytes.AsSpan(count)) is > 0 and var read)
            count += read;
        return bytes[..count];
    }

    public void Dispose() => _descriptor.Dispose();

    /// <summary>Returns what a file is, with its article; null if it is a regular file.</summary>
    private static string? TypeOf(ushort mode) =>
        (mode & 0xF000) switch
        {
            0x8000 => null,
            0x1000 => "a named pipe",
            0x2000 or 0x6000 => "a device",
            0x4000 => "a folder",
            0xA000 => "a symbolic link",
            0xC000 => "a socket",
            _ => "a file of an unknown type",
        };
}
